//! The stack that a command is about: one in an AWS account, or that of a running `make dev`.

use aws_sdk_dynamodb::Client;
use latchkey::account::{ChangedBy, Identifier, User};
use latchkey::config::Environment;
use latchkey::limits::{Counter, FailureLimit};

use crate::account::Account;
use crate::arguments::Common;
use crate::local::Local;
use crate::stop::Stop;

/// A stack.
pub(crate) struct Target {
    /// What the first line of every command says.
    pub title: String,
    /// The tables and the parameters, under the names of the variables of the functions.
    pub environment: Environment,
    /// The client of its tables.
    pub client: Client,
    /// The ARN of the operator's identity.
    pub caller: String,
    /// The origin of the site, like `https://app.example.com`.
    pub origin: String,
    /// Where it is.
    pub place: Place,
}

/// Where a stack is.
pub(crate) enum Place {
    /// In an AWS account.
    Account(Box<Account>),
    /// On this machine.
    Local(Local),
}

impl Target {
    /// Finds the stack that the options name.
    pub(crate) async fn find(common: &Common) -> Result<Self, Stop> {
        match &common.local {
            Some(folder) => Local::open(folder, common),
            None => Account::find(common).await,
        }
    }

    pub(crate) fn new(
        (title, origin, caller): (String, String, String),
        variables: impl IntoIterator<Item = (String, String)>,
        client: Client,
        place: Place,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (variable(&name), value));
        Self { title, environment: Environment::new(variables), client, caller, origin, place }
    }

    /// The same user, whose version says who makes it, and why.
    pub(crate) fn signed(&self, user: User, why: Option<&str>) -> User {
        let (who, why) = (self.caller.clone(), why.map(str::to_owned));
        User { changed_by: Some(ChangedBy { version: user.version, who, why }), ..user }
    }

    /// The keys of the counters of failures of both identifiers of a user. They are keyed hashes, and an operator needs
    /// no key for them: in an account, the rotation function computes them.
    pub(crate) async fn counters(&self, user: &User) -> Result<[String; 2], Stop> {
        let [username, email] = user.identifiers();
        let (username, email) = tokio::try_join!(self.counter(&username), self.counter(&email))?;
        Ok([username, email])
    }

    async fn counter(&self, identifier: &Identifier) -> Result<String, Stop> {
        let counter = Counter::identifier(identifier);
        match &self.place {
            Place::Account(account) => {
                let found = account.pseudonyms("counter", counter.as_str()).await?;
                let key = found.get("counter").cloned();
                key.ok_or_else(|| Stop::failed("the rotation function returned no counter"))
            }
            Place::Local(local) => Ok(local.keys()?.counter(counter.as_str())?),
        }
    }

    /// The limit on wrong passwords.
    pub(crate) fn failure_limit(&self) -> Result<FailureLimit, Stop> {
        Ok(FailureLimit::from_environment(&self.environment)?)
    }
}

/// The variable of the functions that a parameter or an output of the template sets: `USERS_TABLE` for `UsersTable`.
fn variable(name: &str) -> String {
    let mut variable = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !variable.is_empty() {
            variable.push('_');
        }
        variable.push(character.to_ascii_uppercase());
    }
    variable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_the_name_of_its_variable() {
        assert_eq!(variable("UsersTable"), "USERS_TABLE");
        assert_eq!(variable("LoginFreeFailures"), "LOGIN_FREE_FAILURES");
    }
}
