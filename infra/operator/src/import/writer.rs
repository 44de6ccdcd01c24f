//! The last reading of a file: it writes, or compares with the tables.

use latchkey::account::User;
use latchkey::store::{Accounts, Arrival, Newcomer, Presence, Renewal, Waiting};

use crate::import::progress::{Counts, Progress};
use crate::import::rules::Looked;
use crate::import::{Importer, taken};
use crate::output::tell;
use crate::pace::{Pace, UNITS_OF_A_USER};
use crate::stop::Stop;

/// What becomes of the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing. It reads the tables.
    Compare,
    /// Those who are not there come.
    Import,
    /// The same, and those who have not logged in since an earlier import get the newer hash.
    Again,
}

/// A user who can come, with the line of the file.
type Numbered = (u64, Looked);

/// An import, or a comparison, under way.
pub(super) struct Writer<'a> {
    importer: &'a Importer<'a>,
    mode: Mode,
    accounts: Accounts,
    pace: Pace,
    progress: Progress,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        importer: &'a Importer<'a>,
        mode: Mode,
        progress: Progress,
        total: u64,
    ) -> Result<Self, Stop> {
        let accounts = Accounts::new(&importer.target.client, &importer.target.environment)?.patient();
        Ok(Self { importer, mode, accounts, pace: Pace::of_writes(importer.rate(), total), progress })
    }

    /// Reads the file to its end. After each transaction it notes how far it is.
    pub(super) async fn run(mut self) -> Result<Counts, Stop> {
        let (mut seen, mut batch, mut rows) = (self.importer.repeats.seen(), Vec::<Numbered>::new(), 0);
        let decided = if self.mode == Mode::Compare { 0 } else { self.progress.rows() };
        for row in self.importer.rows()? {
            let row = row?;
            // An import finds the names of earlier rows in the tables.
            let looked = match self.mode {
                Mode::Compare => self.importer.look_at_names(&row, &mut seen),
                Mode::Import | Mode::Again => self.importer.look(&row, &mut seen),
            };
            if rows < decided {
                rows += 1;
                continue;
            }
            match looked {
                Ok(looked) => {
                    // A transaction writes an item once.
                    let is_full = batch.len() == Accounts::NEWCOMERS;
                    if is_full || batch.iter().any(|(_, other)| shares_a_name(&other.user, &looked.user)) {
                        self.flush(std::mem::take(&mut batch), rows).await?;
                    }
                    batch.push((row.line, looked));
                }
                Err(codes) => {
                    self.progress.counts().rejected += 1;
                    // The look has named them.
                    if self.mode != Mode::Compare {
                        self.progress.reject(row.line, row.external_id().as_deref(), &codes)?;
                    }
                }
            }
            rows += 1;
        }
        self.flush(batch, rows).await?;
        tell(&format!("latchkey: {}", self.pace.sum()));
        if self.mode == Mode::Compare { Ok(self.progress.counts().clone()) } else { self.progress.end() }
    }

    async fn flush(&mut self, batch: Vec<Numbered>, rows: u64) -> Result<(), Stop> {
        let users = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        if self.mode == Mode::Import {
            self.import(batch).await?;
        } else {
            self.sort(batch).await?;
        }
        if self.mode != Mode::Compare {
            self.progress.save(rows)?;
        }
        self.pace.count(users.into(), 0.0);
        self.pace.wait(self.progress.counts().imported).await;
        Ok(())
    }

    /// Reads what the tables have of these users first.
    async fn sort(&mut self, batch: Vec<Numbered>) -> Result<(), Stop> {
        let users: Vec<&User> = batch.iter().map(|(_, looked)| &looked.user).collect();
        let presence = self.accounts.presence(&users, self.importer.now).await?;
        let (mut absent, mut waiting) = (Vec::new(), Vec::new());
        for ((line, looked), presence) in batch.into_iter().zip(presence) {
            match presence {
                Presence::Absent => absent.push((line, looked)),
                Presence::Taken { username, email } => self.taken(line, &looked.user, username, email)?,
                Presence::Other => self.is_other(line, &looked.user)?,
                Presence::Waiting(one) if self.importer.arguments.again => {
                    if !one.has_address_of(&looked.user) {
                        self.progress.counts().rejected += 1;
                        self.reject(line, &looked.user, "email: changed")?;
                    } else if looked.is_revoked || !one.is_like(&looked.user, looked.hash.as_deref()) {
                        waiting.push((one, looked));
                    } else {
                        self.progress.counts().already += 1;
                    }
                }
                Presence::Waiting(_) | Presence::Settled => self.progress.counts().already += 1,
            }
        }
        if self.mode == Mode::Compare {
            let counts = self.progress.counts();
            counts.imported += absent.len() as u64;
            counts.updated += waiting.len() as u64;
            return Ok(());
        }
        self.import(absent).await?;
        self.renew(waiting).await
    }

    async fn import(&mut self, batch: Vec<Numbered>) -> Result<(), Stop> {
        if batch.is_empty() {
            return Ok(());
        }
        let (lines, users): (Vec<u64>, Vec<Looked>) = batch.into_iter().unzip();
        let newcomers: Vec<Newcomer> =
            users.into_iter().map(|looked| self.importer.rules.store(looked)).collect::<Result<_, _>>()?;
        let arrivals = self.accounts.import(&newcomers, self.importer.now).await?;
        self.count_units(newcomers.len());
        let mut there = Vec::new();
        for ((line, newcomer), arrival) in lines.into_iter().zip(&newcomers).zip(arrivals) {
            match arrival {
                Arrival::Imported => self.progress.counts().imported += 1,
                Arrival::Already => there.push((line, &newcomer.user)),
                Arrival::Taken { username, email } => self.taken(line, &newcomer.user, username, email)?,
            }
        }
        self.count_there(&there).await
    }

    /// Counts the users whose ids are there, unless others have them.
    async fn count_there(&mut self, there: &[(u64, &User)]) -> Result<(), Stop> {
        if there.is_empty() {
            return Ok(());
        }
        let users: Vec<&User> = there.iter().map(|(_, user)| *user).collect();
        let presence = self.accounts.presence(&users, self.importer.now).await?;
        for ((line, user), presence) in there.iter().zip(presence) {
            match presence {
                Presence::Other => self.is_other(*line, user)?,
                _ => self.progress.counts().already += 1,
            }
        }
        Ok(())
    }

    async fn renew(&mut self, waiting: Vec<(Box<Waiting>, Looked)>) -> Result<(), Stop> {
        if waiting.is_empty() {
            return Ok(());
        }
        let store = |(waiting, looked): (Box<Waiting>, Looked)| {
            let is_revoked = looked.is_revoked;
            self.importer.rules.store(looked).map(|newer| Renewal { waiting, newer, is_revoked })
        };
        let renewals: Vec<Renewal> = waiting.into_iter().map(store).collect::<Result<_, _>>()?;
        let sign = |user| self.importer.target.signed(user, Some("a newer import"));
        let renewed = self.accounts.renew(&renewals, sign, self.importer.now).await?;
        self.count_units(renewals.len());
        for is_renewed in renewed {
            let counts = self.progress.counts();
            *if is_renewed { &mut counts.updated } else { &mut counts.already } += 1;
        }
        Ok(())
    }

    fn count_units(&mut self, users: usize) {
        let units = UNITS_OF_A_USER.saturating_mul(u32::try_from(users).unwrap_or(u32::MAX));
        self.pace.count(0, units.into());
    }

    /// Another user has the id.
    fn is_other(&mut self, line: u64, user: &User) -> Result<(), Stop> {
        self.progress.counts().taken += 1;
        self.reject(line, user, "external_id: taken")
    }

    fn reject(&mut self, line: u64, user: &User, code: &str) -> Result<(), Stop> {
        self.progress.reject(line, user.external_id.as_deref(), &[code.to_owned()])
    }

    fn taken(&mut self, line: u64, user: &User, username: bool, email: bool) -> Result<(), Stop> {
        self.progress.counts().taken += 1;
        self.progress.reject(line, user.external_id.as_deref(), &taken(username, email))
    }
}

fn shares_a_name(one: &User, other: &User) -> bool {
    one.username_canonical == other.username_canonical || one.email == other.email
}
