//! The database calls of every request, the failures that each may meet, and the response to each failure.

use self::Request::{
    Change, Confirm, End, EndOthers, Forgot, Home, Login, LoginForm, Logout, Profile, RefusedLogin, Renewal,
    Resend, Reset, ResetForm, Sessions, SignUp, SignUpForm, Verify, VerifyForm,
};
use crate::harness::Fault;

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
}

impl Request {
    /// The status without a failure.
    pub fn status(self) -> i64 {
        match self {
            SignUp => 201,
            Login | Profile | Renewal | Home | ResetForm | VerifyForm | Verify | Confirm | Change
            | Sessions => 200,
            Forgot | Resend => 202,
            RefusedLogin => 429,
            Logout | Reset | End | EndOthers => 204,
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

pub const POINTS: [Point; 51] = [
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
];

/// The meaning of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A retry may succeed, and the function retries.
    Transient,
    /// A later request may succeed.
    Busy,
    /// The deployment is wrong.
    Fatal,
    /// The item has changed since it was read.
    Condition,
    /// The reasons of a cancelled transaction.
    Cancelled,
}

/// A kind of failure.
#[derive(Debug, Clone)]
pub struct Kind {
    pub name: &'static str,
    pub fault: Fault,
    pub meaning: Meaning,
}

/// Every kind of failure.
pub fn kinds() -> Vec<Kind> {
    use Meaning::{Busy, Cancelled, Condition, Fatal, Transient};
    let mut kinds = vec![
        ("silent", Fault::Silent, Transient),
        ("applied and silent", Fault::AppliedAndSilent, Transient),
        ("broken", Fault::Broken, Transient),
        ("applied and broken", Fault::AppliedAndBroken, Transient),
        ("applied and lost", Fault::AppliedAndLost, Transient),
        ("garbage", Fault::Garbage, Fatal),
        ("conflicts", Fault::cancelled(&["None", "TransactionConflict", "None", "None"]), Cancelled),
        ("throttled", Fault::cancelled(&["ThrottlingError", "None", "None", "None"]), Cancelled),
        ("mixed", Fault::cancelled(&["None", "TransactionConflict", "ValidationError", "None"]), Fatal),
    ];
    for (status, code, meaning) in [
        (400, "ProvisionedThroughputExceededException", Transient),
        (400, "ThrottlingException", Transient),
        (400, "RequestLimitExceeded", Transient),
        (400, "TransactionInProgressException", Transient),
        (500, "InternalServerError", Transient),
        (503, "ServiceUnavailable", Transient),
        (400, "TransactionConflictException", Busy),
        (400, "ConditionalCheckFailedException", Condition),
        (400, "ResourceNotFoundException", Fatal),
        (400, "AccessDeniedException", Fatal),
        (400, "ExpiredTokenException", Fatal),
        (400, "UnrecognizedClientException", Fatal),
        (400, "ValidationException", Fatal),
    ] {
        kinds.push((code, Fault::error(status, code), meaning));
    }
    kinds.into_iter().map(|(name, fault, meaning)| Kind { name, fault, meaning }).collect()
}

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
            Meaning::Condition if self.request == Renewal => 401,
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
