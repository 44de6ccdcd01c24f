//! What a month costs, compared with Amazon Cognito. The prices are of the same date as those of `cost`.

/// The cost of a month without any request: the secret (0.40) and sixteen alarms (0.10 each).
const IDLE_MONTH: f64 = 2.00;

/// Cognito's tiers. A step is a number of monthly active users, and the price of each user from there to the next step.
const COGNITO: [(&str, &[(f64, f64)]); 3] = [
    ("Lite", &[(10_000.0, 0.0055), (100_000.0, 0.0046), (1_000_000.0, 0.003_25)]),
    ("Essentials", &[(10_000.0, 0.015)]),
    ("Plus", &[(0.0, 0.02)]),
];

/// Prints what a month costs, from the US dollars of the requests of one active user.
pub(crate) fn print_months(month_of_one: f64) {
    println!("\nUS dollars a month, compared with Amazon Cognito:\n");
    println!("| active users | Latchkey | {} |", COGNITO.map(|(tier, _)| tier).join(" | "));
    println!("|---|---|---|---|---|");
    for users in [10_000.0, 100_000.0, 1_000_000.0] {
        let tiers = COGNITO.map(|(_, steps)| format!("{:.0}", cognito(users, steps)));
        println!("| {users} | {:.0} | {} |", IDLE_MONTH + users * month_of_one, tiers.join(" | "));
    }
}

/// The US dollars of a month in a tier of Cognito.
fn cognito(users: f64, steps: &[(f64, f64)]) -> f64 {
    let ends = steps.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
    steps.iter().zip(ends).map(|((from, price), to)| (users.min(to) - from).max(0.0) * price).sum()
}
