//! What is broken in a stack on purpose, and how `latchkey doctor` says so. `warn:` is before what works nevertheless.

/// By hand: a script, what the finding is about, and a part of it.
pub const BROKEN: [(&str, &str, &str); 18] = [
    (
        "aws dynamodb update-time-to-live --table-name $SessionsTable \
            --time-to-live-specification Enabled=false,AttributeName=expires_at",
        "sessions table",
        "its items do not end",
    ),
    (
        "aws dynamodb update-continuous-backups --table-name $UsersTable \
            --point-in-time-recovery-specification PointInTimeRecoveryEnabled=false",
        "users table",
        "point-in-time recovery is off",
    ),
    (
        "aws dynamodb update-table --table-name $CredentialsTable --no-deletion-protection-enabled",
        "credentials table",
        "deletion protection is off",
    ),
    (
        "aws dynamodb update-table --table-name $SessionsTable \
            --attribute-definitions AttributeName=network,AttributeType=S --global-secondary-index-updates \
            '[{\"Create\": {\"IndexName\": \"by-network\", \"Projection\": {\"ProjectionType\": \"ALL\"},
            \"KeySchema\": [{\"AttributeName\": \"network\", \"KeyType\": \"HASH\"}]}}]'",
        "warn: sessions table",
        "the index by-network is not Latchkey's",
    ),
    (
        "aws dynamodb update-table --table-name $UsersTable \
            --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE",
        "warn: users table",
        "a stream that is not Latchkey's",
    ),
    ("aws dynamodb delete-table --table-name $LimitsTable", "limits table", "cannot be checked"),
    (
        "aws cloudwatch set-alarm-state --alarm-name latchkey-InternalErrors --state-value ALARM --state-reason x",
        "alarms",
        "latchkey-InternalErrors rings",
    ),
    (
        "aws cloudwatch delete-alarms --alarm-names latchkey-StaleKeys",
        "alarms",
        "latchkey-StaleKeys is missing",
    ),
    (
        "aws cloudwatch disable-alarm-actions --alarm-names latchkey-Guessing",
        "alarms",
        "latchkey-Guessing is silent",
    ),
    (
        "aws sns unsubscribe --subscription-arn \
            $(aws sns list-subscriptions --query 'Subscriptions[0].SubscriptionArn' --output text)",
        "alarm mail",
        "has unsubscribed",
    ),
    (
        "(aws secretsmanager delete-secret --secret-id $AccessTokenKeysSecret --force-delete-without-recovery
            aws secretsmanager create-secret --name $AccessTokenKeysSecret --secret-string '{}')",
        "keys of access tokens",
        "they do not rotate",
    ),
    (
        "aws secretsmanager delete-secret --secret-id $SigningKeysSecret --recovery-window-in-days 7",
        "signing keys",
        "the secret is deleted",
    ),
    (
        "aws acm delete-certificate --certificate-arn \
            $(aws acm list-certificates --query 'CertificateSummaryList[0].CertificateArn' --output text)",
        "certificate",
        "cannot be checked",
    ),
    (
        "aws sesv2 delete-email-identity --email-identity no-reply@example.com",
        "mail identity",
        "SES has no identity no-reply@example.com",
    ),
    (
        "aws sesv2 put-account-details --no-production-access-enabled --mail-type TRANSACTIONAL \
            --website-url https://app.example.com",
        "SES",
        "is in the sandbox",
    ),
    (
        "aws lambda update-event-source-mapping --no-enabled --uuid \
            $(aws lambda list-event-source-mappings --query 'EventSourceMappings[0].UUID' --output text)",
        "mailer",
        "so no mail is sent",
    ),
    (
        "aws dynamodb delete-item --table-name $CredentialsTable \
            --key '{\"identifier\": {\"S\": \"email#ada1@example.com\"}}'",
        "users",
        "the credential of the email is missing",
    ),
    (
        "aws dynamodb update-item --table-name $CredentialsTable \
            --key '{\"identifier\": {\"S\": \"username#eve1\"}}' --update-expression 'SET epoch = :e' \
            --expression-attribute-values '{\":e\": {\"N\": \"7\"}}'",
        "users",
        "the username has the epoch 7",
    ),
];

/// By an update of the stack.
pub const UPDATED: [(&str, &str); 7] = [
    ("site", "/login responds with 502 instead of 200"),
    ("clock", "differ by "),
    ("DNS", "127.0.0.2 does not lead to the output DomainTarget"),
    ("parameters", "LoginPerMinute is 0"),
    ("warn: parameters", "LoginConcurrency is 5"),
    ("warn: version", "the stack is 9.9.9"),
    ("warn: stack", "the last update failed"),
];
