//! `latchkey log`: what the functions have logged. The log names no one, so the rotation function computes the
//! pseudonyms.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use latchkey::aws::failure;
use latchkey::limits::subscriber_network;
use latchkey::store::{Inspector, Users};
use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::account::Account;
use crate::arguments::Log;
use crate::output::{Output, escaped, padded, tell};
use crate::stop::{Code, Stop};
use crate::target::{Place, Target};
use crate::who;

/// The most entries that CloudWatch returns for a query.
const MOST: usize = 10_000;
/// The most words in a query, which has at most 10,000 characters.
const WORDS: usize = 100;
/// How often a query is asked for its result, and how often the progress is told.
const POLL: Duration = Duration::from_millis(500);
const TOLD: Duration = Duration::from_secs(5);

/// A log entry.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Entry {
    /// When CloudWatch says that it was written, in UTC.
    time: String,
    /// The function, or `api` for API Gateway.
    source: String,
    /// The entry itself, which is JSON.
    message: String,
}

pub(crate) async fn run(
    arguments: &Log,
    target: &Target,
    output: &Output,
    now: Timestamp,
) -> Result<(), Stop> {
    let Place::Account(account) = &target.place else {
        return Err(Stop::new(Code::Refused, "the log of `make dev` is on its terminal"));
    };
    let words = words(arguments, target, account).await?;
    let resources = account.resources().await?.into_iter();
    let groups = resources.filter(|resource| resource.kind == "AWS::Logs::LogGroup").map(|group| group.id);
    let search = Search {
        client: Client::new(&account.config),
        groups: groups.collect(),
        since: now.as_seconds() - arguments.since.0,
        // Entries of this second are searched, too.
        until: now.as_seconds() + 1,
    };
    let mut entries = search.entries(&words).await?;
    // What became of the mails that these requests wrote. The mailer knows them by their ids.
    let mails: Vec<String> = entries.iter().filter_map(Entry::mail).collect();
    for mails in mails.chunks(WORDS) {
        entries.extend(search.entries(mails).await?);
    }
    let lines: Vec<String> = entries.iter().map(|entry| entry.line(&account.name)).collect();
    let json: Vec<Value> = entries.iter().map(|entry| entry.json(&account.name)).collect();
    if entries.is_empty() {
        tell(
            "latchkey: no entry; CloudWatch shows new ones after some seconds, and --since looks further back",
        );
    }
    output.answer(&json!({ "entries": json }), &lines.join("\n"));
    Ok(())
}

/// The words that the wanted entries contain.
async fn words(arguments: &Log, target: &Target, account: &Account) -> Result<Vec<String>, Stop> {
    if let Some(request) = &arguments.request {
        return Ok(vec![request.clone()]);
    }
    let names = match (&arguments.who, arguments.address) {
        (Some(who), _) => {
            let users = Users::new(&target.client, &target.environment)?;
            let inspector = Inspector::new(&target.client, &target.environment)?;
            who::names(who, &users, &inspector).await?
        }
        (None, address) => vec![("address", subscriber_network(address))],
    };
    let mut words = Vec::new();
    for (kind, of) in names {
        words.extend(account.pseudonyms(kind, &of).await?.into_values());
    }
    Ok(words)
}

/// A search in the log groups of the stack.
struct Search {
    client: Client,
    groups: Vec<String>,
    since: i64,
    until: i64,
}

impl Search {
    /// The entries with one of these words, by their times. A word has no character with a meaning in a query.
    async fn entries(&self, words: &[String]) -> Result<BTreeSet<Entry>, Stop> {
        let query = format!(
            "fields @timestamp, @log, @message | filter @message like /{}/ | sort @timestamp asc | limit {MOST}",
            words.join("|")
        );
        let started = self
            .client
            .start_query()
            .set_log_group_names(Some(self.groups.clone()))
            .start_time(self.since)
            .end_time(self.until)
            .query_string(query)
            .send()
            .await
            .map_err(|error| Stop::from(failure(&error)))?;
        let rows = self.rows(started.query_id().unwrap_or_default()).await?;
        if rows.len() == MOST {
            tell(&format!(
                "latchkey: these are the first {MOST} entries: search a shorter time with --since"
            ));
        }
        Ok(rows.iter().map(|row| Entry::new(row)).collect())
    }

    /// The result of a query, once it is there.
    async fn rows(&self, query: &str) -> Result<Vec<Vec<ResultField>>, Stop> {
        let mut told = Instant::now();
        loop {
            let found = self.client.get_query_results().query_id(query).send().await;
            let found = found.map_err(|error| Stop::from(failure(&error)))?;
            match found.status() {
                Some(QueryStatus::Complete) => return Ok(found.results.unwrap_or_default()),
                Some(QueryStatus::Scheduled | QueryStatus::Running) => {}
                other => {
                    let status = other.map_or("without a status", QueryStatus::as_str);
                    return Err(Stop::failed(format!("the search in the log ended as {status}: try again")));
                }
            }
            if told.elapsed() >= TOLD {
                told = Instant::now();
                let read = found
                    .statistics()
                    .map_or(0.0, aws_sdk_cloudwatchlogs::types::QueryStatistics::records_scanned);
                tell(&format!("latchkey: {read:.0} log entries read"));
            }
            sleep(POLL).await;
        }
    }
}

impl Entry {
    fn new(row: &[ResultField]) -> Self {
        let member = |name: &str| {
            let found = row.iter().find(|field| field.field() == Some(name));
            found.and_then(ResultField::value).unwrap_or_default().to_owned()
        };
        Self { time: member("@timestamp"), source: member("@log"), message: member("@message") }
    }

    /// The members of the entry. None if it is no object.
    fn members(&self) -> Map<String, Value> {
        serde_json::from_str(&self.message).unwrap_or_default()
    }

    /// The id of the mail that the request wrote.
    fn mail(&self) -> Option<String> {
        let is_id = |mail: &&str| mail.chars().all(|one| one.is_ascii_alphanumeric() || "_-".contains(one));
        self.members().get("mail")?.as_str().filter(is_id).map(str::to_owned)
    }

    /// The function `login` has the log group `/aws/lambda/STACK/login`, and API Gateway has
    /// `/aws/vendedlogs/STACK/api`. The account may be before it.
    fn source(&self, stack: &str) -> String {
        let group = self.source.split_once(':').map_or(&*self.source, |(_, group)| group);
        let source = group.strip_prefix("/aws/lambda/").and_then(|name| name.strip_prefix(stack));
        source.map_or("api", |name| name.trim_start_matches('/')).to_owned()
    }

    fn line(&self, stack: &str) -> String {
        /// The members whose meaning is plain without their names.
        const PLAIN: [&str; 4] = ["message", "route", "status", "code"];
        const NAMED: [&str; 9] = [
            "event",
            "kind",
            "outcome",
            "error",
            "place",
            "milliseconds",
            "mail",
            "client_address",
            "request_id",
        ];
        let members = self.members();
        let text = |name: &str| match members.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        // Every entry of a request has this message.
        let plain = PLAIN.into_iter().filter_map(text).filter(|text| text != "request");
        let named = NAMED.into_iter().filter_map(|name| Some(format!("{name}={}", text(name)?)));
        let words: Vec<String> = plain.chain(named).collect();
        // That of API Gateway has none, and what is no entry of ours is shown as it is.
        let words = if members.contains_key("message") { words.join(" ") } else { self.message.clone() };
        format!("{}  {}  {}", escaped(&self.time), padded(&self.source(stack), 9), escaped(&words))
    }

    fn json(&self, stack: &str) -> Value {
        let members = self.members();
        let entry = if members.is_empty() { json!(self.message) } else { json!(members) };
        json!({ "time": self.time, "source": self.source(stack), "entry": entry })
    }
}
