//! `latchkey password list`: how the passwords are stored.

use std::collections::BTreeMap;

use latchkey::store::Credentials;
use serde::Serialize;
use serde_json::json;

use crate::arguments::PasswordList;
use crate::output::{Output, escaped, tell};
use crate::pace::Pace;
use crate::stop::Stop;
use crate::target::Target;

/// The users with passwords of one form.
#[derive(Debug, Default, Serialize)]
struct Count {
    users: u64,
    /// Those of them who have not logged in since an import.
    imported: u64,
}

pub(crate) async fn list(arguments: &PasswordList, target: &Target, output: &Output) -> Result<(), Stop> {
    let credentials = Credentials::new(&target.client, &target.environment)?;
    let mut pace = Pace::new(arguments.rate, credentials.count().await?);
    let (mut forms, mut found) = (BTreeMap::<String, Count>::new(), 0);
    let mut start = None;
    loop {
        let read = credentials.password_forms(start).await?;
        pace.count(read.read, read.units);
        for (form, is_imported) in read.forms {
            found += 1;
            let count = forms.entry(form).or_default();
            count.users += 1;
            count.imported += u64::from(is_imported);
        }
        start = read.next;
        if start.is_none() {
            break;
        }
        pace.wait(found).await;
    }
    let line = |(form, count): (&String, &Count)| {
        let Count { users, imported } = count;
        format!("{users:>9} {imported:>9}  {}", escaped(form))
    };
    let lines: Vec<String> = forms.iter().map(line).collect();
    output.answer(&json!(forms), &format!("    users  imported  stored as\n{}", lines.join("\n")));
    tell(&format!("latchkey: {}", pace.sum()));
    Ok(())
}
