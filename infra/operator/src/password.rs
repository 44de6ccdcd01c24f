//! `latchkey password`: how the passwords are stored, and the end of those that no one uses.

use std::collections::{BTreeMap, HashMap};

use latchkey::account::UserId;
use latchkey::store::{Accounts, Credentials, PasswordForm, Users};
use latchkey::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::arguments::Common;
use crate::arguments::moving::{Password, PasswordList, PasswordRetire};
use crate::output::{Output, escaped, tell};
use crate::pace::{Pace, UNITS_OF_A_USER};
use crate::question::confirm;
use crate::stop::{Code, Stop};
use crate::target::Target;

/// Why a password is retired, if the operator does not say.
const WHY: &str = "an unused password of an import";

/// The users with passwords of one form.
#[derive(Debug, Default, Serialize)]
struct Count {
    users: u64,
    /// Those of them who have not logged in since an import.
    unused: u64,
}

pub(crate) async fn run(
    command: &Password,
    common: &Common,
    target: &Target,
    output: &Output,
) -> Result<(), Stop> {
    match command {
        Password::List(arguments) => list(arguments, target, output).await,
        Password::Retire(arguments) => retire(arguments, common, target, output).await,
    }
}

/// Reads the credentials page by page. `each` gets the passwords of a page, and returns how many have been found so
/// far.
async fn scan(
    target: &Target,
    rate: u32,
    mut each: impl AsyncFnMut(Vec<PasswordForm>, &mut Pace) -> Result<u64, Stop>,
) -> Result<(), Stop> {
    let credentials = Credentials::new(&target.client, &target.environment)?;
    let mut pace = Pace::new(rate, credentials.count().await?);
    let mut start = None;
    loop {
        let read = credentials.password_forms(start).await?;
        pace.count(read.read, read.units);
        let found = each(read.forms, &mut pace).await?;
        start = read.next;
        if start.is_none() {
            tell(&format!("latchkey: {}", pace.sum()));
            return Ok(());
        }
        pace.wait(found).await;
    }
}

async fn list(arguments: &PasswordList, target: &Target, output: &Output) -> Result<(), Stop> {
    let (mut forms, mut found) = (BTreeMap::<String, Count>::new(), 0);
    scan(target, arguments.rate, async |page, _| {
        for PasswordForm { form, imported, .. } in page {
            found += 1;
            let count = forms.entry(form).or_default();
            count.users += 1;
            count.unused += u64::from(imported.is_some());
        }
        Ok(found)
    })
    .await?;
    let line = |(form, count): (&String, &Count)| {
        let Count { users, unused } = count;
        format!("{users:>9} {unused:>9}  {}", escaped(form))
    };
    let lines: Vec<String> = forms.iter().map(line).collect();
    output.answer(&json!(forms), &format!("    users    unused  stored as\n{}", lines.join("\n")));
    Ok(())
}

/// It reads the table twice: first it counts, so that it can ask.
async fn retire(
    arguments: &PasswordRetire,
    common: &Common,
    target: &Target,
    output: &Output,
) -> Result<(), Stop> {
    let (mut found, mut has_form) = (0, arguments.form.is_none());
    scan(target, arguments.rate, async |page, _| {
        found += page.iter().filter_map(|one| unused(one, arguments)).count() as u64;
        has_form |= page.iter().any(|one| Some(&one.form) == arguments.form.as_ref());
        Ok(found)
    })
    .await?;
    if !has_form {
        let detail = "no password has this form: `latchkey password list` shows the forms that there are";
        return Err(Stop::new(Code::NotFound, detail));
    }
    if common.dry_run || found == 0 {
        let sentence =
            format!("{found} users have a password of an import with which they have not logged in.");
        output.done(&json!({ "found": found }), &sentence);
        return Ok(());
    }
    if target.environment.get("MAILS_TABLE").is_none_or(str::is_empty) {
        tell("latchkey: mail is off, so these users have no way to a new password");
    }
    let about = format!(
        "This takes the passwords of {found} users away, who have not logged in since an import. They choose a new one \
         by a link in a mail"
    );
    confirm(common, &about, "retire").await?;
    let users = Users::new(&target.client, &target.environment)?;
    let accounts = Accounts::new(&target.client, &target.environment)?.patient();
    let sign = |user| target.signed(user, Some(arguments.why.as_deref().unwrap_or(WHY)));
    let mut retired = 0;
    scan(target, arguments.rate, async |page, pace| {
        let meant = page.iter().filter_map(|one| Some((one.user_id.clone(), unused(one, arguments)?)));
        let meant: HashMap<UserId, Timestamp> = meant.collect();
        let ids: Vec<UserId> = meant.keys().cloned().collect();
        for some in ids.chunks(Accounts::NEWCOMERS) {
            let read = users.get_all(some).await?.into_iter();
            let read = read.filter_map(|user| meant.get(&user.user_id).map(|time| (user, *time)));
            let ended = accounts.retire(&read.collect::<Vec<_>>(), sign).await?;
            // Who has logged in meanwhile keeps theirs.
            retired += ended.into_iter().filter(|is_retired| *is_retired).count() as u64;
            let units = UNITS_OF_A_USER.saturating_mul(u32::try_from(some.len()).unwrap_or(u32::MAX));
            pace.count(0, units.into());
            pace.wait(retired).await;
        }
        Ok(retired)
    })
    .await?;
    output.answer(&json!({ "retired": retired }), &format!("{retired} passwords are retired."));
    Ok(())
}

/// When a password was imported, if no one has logged in with it and the command means it.
fn unused(password: &PasswordForm, arguments: &PasswordRetire) -> Option<Timestamp> {
    let is_form = arguments.form.as_ref().is_none_or(|form| *form == password.form);
    let is_old = |time| arguments.imported_before.is_none_or(|before| time < before);
    password.imported.filter(|time| is_form && is_old(*time))
}
