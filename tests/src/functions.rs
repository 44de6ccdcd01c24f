//! Every function, listed once. From this list the tests and the fuzz targets start them all, and send each request to
//! the function that has its path; a function that is missing here fails a test of the project.

use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use latchkey::config::{ConfigError, Environment};
use latchkey::http::{Function, Route, Site, serve};
use latchkey::password::PasswordHasher;
use latchkey::time::Timestamp;
use serde_json::value::RawValue;

#[cfg(test)]
pub(crate) mod account;
#[cfg(test)]
mod authorizer;
#[cfg(test)]
mod discovery;
#[cfg(test)]
pub(crate) mod email;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod mailer;
#[cfg(test)]
mod password;
#[cfg(test)]
mod profile;
#[cfg(test)]
pub(crate) mod recovery;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod sessions;
#[cfg(test)]
pub(crate) mod signup;
#[cfg(test)]
pub(crate) mod token;

/// An event of `events/`: its name, the status of the response, and what the response must contain.
pub type SampleEvent = (&'static str, i64, &'static str);

/// The functions with routes: each has a folder in `functions/`, and a module here with its tests and its events.
macro_rules! functions {
    ($($name:ident: $function:ty),+ $(,)?) => {
        /// The functions with routes.
        #[derive(Debug)]
        pub struct Functions {
            $(
                /// The function of this name.
                pub $name: $function,
            )+
        }

        impl Functions {
            /// Their names, which are those of their folders.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The sample events of each.
            #[cfg(test)]
            pub const EVENTS: &'static [(&'static str, &'static [SampleEvent])] =
                &[$((stringify!($name), $name::EVENTS)),+];

            /// Starts all of them.
            ///
            /// # Errors
            /// Names the variable that is missing or wrong.
            pub fn start(environment: impl Fn(&str) -> Environment) -> Result<Self, ConfigError> {
                Ok(Self { $($name: <$function>::new(&environment(stringify!($name)))?),+ })
            }

            /// Starts the function of this name; none if there is no such function.
            ///
            /// # Errors
            /// Names the variable that is missing or wrong.
            #[must_use]
            pub fn start_one(name: &str, environment: &Environment) -> Option<Result<(), ConfigError>> {
                match name {
                    $(stringify!($name) => Some(<$function>::new(environment).map(drop)),)+
                    _ => None,
                }
            }

            /// The sites of all of them.
            #[must_use]
            pub fn sites(&self) -> Vec<&Site> {
                vec![$(self.$name.site()),+]
            }

            /// Method and path of the routes of the function of this name.
            #[must_use]
            pub fn routes(name: &str) -> Vec<(&'static str, &'static str)> {
                match name {
                    $(stringify!($name) => routes::<$function>().collect(),)+
                    _ => Vec::new(),
                }
            }

            /// The metrics that count the successes of the routes.
            #[must_use]
            pub fn metrics() -> Vec<&'static str> {
                let metrics = [$(metrics::<$function>()),+];
                metrics.into_iter().flatten().collect()
            }

            /// The response of the function of this name; none if there is no such function.
            pub async fn respond(
                &self,
                name: &str,
                event: &RawValue,
                now: Timestamp,
            ) -> Option<ApiGatewayV2httpResponse> {
                match name {
                    $(stringify!($name) => Some(serve::respond(&self.$name, event, "request-id", now).await),)+
                    _ => None,
                }
            }
        }
    };
}

functions! {
    account: ::account::OwnAccount,
    discovery: ::discovery::Discovery,
    email: ::email::Email,
    login: ::login::Login,
    logout: ::logout::Logout,
    password: ::password::ChangePassword,
    profile: ::profile::Profile,
    recovery: ::recovery::Recovery,
    sessions: ::sessions::OwnSessions,
    signup: ::signup::Signup,
    token: ::token::AccessTokens,
}

impl Functions {
    /// The name of the function that has this path.
    #[must_use]
    pub fn with_path(path: &str) -> Option<&'static str> {
        let has_path = |name: &&&str| Self::routes(name).iter().any(|(_, own)| *own == path);
        Self::NAMES.iter().find(has_path).copied()
    }

    /// Replaces the hashers of the functions that hash.
    pub fn hash_with(&mut self, hasher: impl Fn() -> PasswordHasher) {
        self.login.verifier.hasher = hasher();
        self.password.verifier.hasher = hasher();
        self.recovery.hasher = hasher();
        self.signup.hasher = hasher();
    }
}

fn routes<F: Function>() -> impl Iterator<Item = (&'static str, &'static str)> {
    F::ROUTES.iter().map(|route| (route.method(), route.path()))
}

fn metrics<F: Function>() -> Vec<&'static str> {
    F::ROUTES.iter().filter_map(Route::metric).collect()
}
