//! The database calls of every request, and the response if one of them fails.

use self::Request::{
    Ask, Change, ChangeEmail, Confirm, Data, Delete, End, EndOthers, Exchange, Forgot, Home, Join, JoinForm,
    Keys, Login, LoginForm, Logout, Name, NewEmail, Profile, Refresh, RefusedLogin, Rename, Renewal,
    RenewingExchange, Resend, Reset, ResetForm, Reuse, Sessions, SignUp, SignUpForm, Undo, Verify,
    VerifyForm,
};
use crate::robustness::faults::kinds::Meaning;

/// A request, with the state in which it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    SignUp,
    Login,
    /// The login of an address without attempts.
    RefusedLogin,
    Profile,
    /// The request for a profile when its session is due for renewal.
    Renewal,
    Logout,
    /// An access token.
    Exchange,
    /// The same when its session is due for renewal.
    RenewingExchange,
    /// The exchange of a refresh token.
    Refresh,
    /// The exchange of one that was used before, after its successor was.
    Reuse,
    /// The public keys, when those of the execution environment are no longer fresh.
    Keys,
    Home,
    SignUpForm,
    LoginForm,
    Forgot,
    ResetForm,
    Reset,
    VerifyForm,
    Verify,
    Resend,
    Confirm,
    /// The change of the password.
    Change,
    /// The list of sessions.
    Sessions,
    /// The end of another session.
    End,
    EndOthers,
    /// A mail to a new email address.
    NewEmail,
    /// The new email address, by the link in that mail.
    ChangeEmail,
    /// Another username.
    Rename,
    /// Another display name.
    Name,
    /// A copy of the data.
    Data,
    /// The deletion of an account that can be taken back.
    Delete,
    /// Its return.
    Undo,
    /// The first step of a sign-up by email.
    Ask,
    /// The form of the second step.
    JoinForm,
    /// The second step.
    Join,
}

impl Request {
    /// Whether sign-up is by email.
    pub fn is_by_email(self) -> bool {
        matches!(self, Ask | JoinForm | Join)
    }

    /// The status without a failure.
    pub fn status(self) -> i64 {
        match self {
            SignUp | Join => 201,
            Login | Profile | Renewal | Home | ResetForm | VerifyForm | Verify | Confirm | Change
            | Sessions | ChangeEmail | Rename | Name | Data | JoinForm | Exchange | RenewingExchange
            | Refresh | Keys => 200,
            Reuse => 400,
            Forgot | Resend | NewEmail | Ask => 202,
            RefusedLogin => 429,
            Logout | Reset | End | EndOthers | Delete | Undo => 204,
            SignUpForm | LoginForm => 303,
        }
    }
}

/// A request, and one of its calls.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub request: Request,
    pub operation: &'static str,
    /// The request fails without this call. The client does not notice the failure of other calls.
    pub is_needed: bool,
}

const fn needed(request: Request, operation: &'static str) -> Point {
    Point { request, operation, is_needed: true }
}

const fn ignored(request: Request, operation: &'static str) -> Point {
    Point { request, operation, is_needed: false }
}

pub const POINTS: [Point; 86] = [
    needed(SignUp, "take slot"),
    needed(SignUp, "TransactWriteItems"),
    ignored(SignUp, "DeleteItem limits"),
    needed(Login, "count failure"),
    needed(Login, "take slot"),
    needed(Login, "GetItem credentials"),
    needed(Login, "BatchWriteItem"),
    needed(Login, "GetItem users"),
    ignored(Login, "UpdateItem credentials"),
    ignored(Login, "PutItem mails"),
    ignored(Login, "release slot"),
    ignored(RefusedLogin, "release failure"),
    needed(Profile, "BatchGetItem"),
    ignored(Renewal, "UpdateItem sessions"),
    needed(Logout, "DeleteItem sessions"),
    needed(Exchange, "BatchGetItem"),
    ignored(RenewingExchange, "UpdateItem sessions"),
    needed(Refresh, "UpdateItem sessions"),
    needed(Refresh, "GetItem users"),
    needed(Reuse, "DeleteItem sessions"),
    ignored(Keys, "GetItem keys"),
    needed(Home, "BatchGetItem"),
    needed(SignUpForm, "BatchGetItem"),
    needed(LoginForm, "BatchGetItem"),
    needed(Forgot, "take slot"),
    needed(Forgot, "PutItem mails"),
    needed(ResetForm, "GetItem proofs"),
    needed(Reset, "GetItem proofs"),
    needed(Reset, "GetItem users"),
    needed(Reset, "TransactWriteItems"),
    ignored(Reset, "DeleteItem limits"),
    needed(VerifyForm, "BatchGetItem"),
    needed(VerifyForm, "GetItem proofs"),
    needed(Verify, "BatchGetItem"),
    needed(Verify, "GetItem proofs"),
    needed(Verify, "TransactWriteItems"),
    needed(Resend, "BatchGetItem"),
    needed(Resend, "take slot"),
    needed(Resend, "PutItem mails"),
    needed(Confirm, "BatchGetItem"),
    needed(Confirm, "count failure"),
    needed(Confirm, "GetItem credentials"),
    needed(Confirm, "BatchWriteItem"),
    needed(Confirm, "GetItem users"),
    needed(Change, "BatchGetItem"),
    needed(Change, "count failure"),
    needed(Change, "take slot"),
    needed(Change, "GetItem credentials"),
    needed(Change, "TransactWriteItems"),
    ignored(Change, "DeleteItem limits"),
    needed(Sessions, "BatchGetItem"),
    needed(Sessions, "Query sessions"),
    needed(End, "BatchGetItem"),
    needed(End, "DeleteItem sessions"),
    needed(EndOthers, "BatchGetItem"),
    needed(EndOthers, "take slot"),
    needed(EndOthers, "TransactWriteItems"),
    needed(NewEmail, "BatchGetItem"),
    needed(NewEmail, "take slot"),
    needed(NewEmail, "PutItem mails"),
    needed(ChangeEmail, "BatchGetItem"),
    needed(ChangeEmail, "GetItem proofs"),
    needed(ChangeEmail, "GetItem credentials"),
    needed(ChangeEmail, "TransactWriteItems"),
    needed(Rename, "BatchGetItem"),
    needed(Rename, "take slot"),
    needed(Rename, "GetItem credentials"),
    needed(Rename, "TransactWriteItems"),
    needed(Name, "BatchGetItem"),
    needed(Name, "take slot"),
    needed(Name, "TransactWriteItems"),
    needed(Data, "BatchGetItem"),
    needed(Data, "Query sessions"),
    needed(Delete, "BatchGetItem"),
    needed(Delete, "take slot"),
    needed(Delete, "TransactWriteItems"),
    ignored(Delete, "Query sessions"),
    ignored(Delete, "DeleteItem sessions"),
    needed(Undo, "GetItem proofs"),
    needed(Undo, "GetItem users"),
    needed(Undo, "TransactWriteItems"),
    needed(Ask, "take slot"),
    needed(Ask, "PutItem mails"),
    needed(JoinForm, "GetItem proofs"),
    needed(Join, "GetItem proofs"),
    needed(Join, "TransactWriteItems"),
];

impl Point {
    /// Whether the call counts an attempt.
    pub fn is_limiter(self) -> bool {
        matches!(self.operation, "count failure" | "take slot")
    }

    /// The status of the response if the call fails once, or always.
    pub fn status(self, meaning: Meaning, is_lasting: bool) -> i64 {
        let done = self.request.status();
        match meaning {
            // A renewal that finds no item has no session for its response.
            Meaning::Condition if matches!(self.request, Renewal | RenewingExchange) => 401,
            // The same of an exchange, which finds no item with the failure.
            Meaning::Condition if self.operation == "UpdateItem sessions" && self.request == Refresh => 400,
            _ if !self.is_needed => done,
            // The limiter reads the item again.
            Meaning::Condition if self.is_limiter() && !is_lasting => done,
            Meaning::Condition if self.is_limiter() => 503,
            Meaning::Cancelled if self.operation == "TransactWriteItems" && !is_lasting => done,
            Meaning::Cancelled if self.operation == "TransactWriteItems" => 503,
            Meaning::Cancelled | Meaning::Condition | Meaning::Fatal => 500,
            Meaning::Busy => 503,
            Meaning::Transient if is_lasting => 503,
            Meaning::Transient => done,
        }
    }
}
