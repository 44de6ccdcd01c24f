//! Refresh tokens over HTTP, with lost responses and failures of the database.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::app::App;
use crate::harness::random::Random;
use crate::harness::{Client, Fault, LocalSite, soak};
use crate::robustness::refreshes::{LATER, clean};

/// A failure of the exchange's calls.
fn fault(random: &mut Random) -> Fault {
    match random.below(6) {
        0 => Fault::Broken,
        1 => Fault::AppliedAndBroken,
        2 | 3 => Fault::AppliedAndLost,
        4 => Fault::error(400, "ThrottlingException"),
        _ => Fault::error(503, "ServiceUnavailable"),
    }
}

/// Sends a request over a connection of its own. `None` if the response is to be lost: no one reads it.
async fn send(origin: &str, app: &App, is_lost: bool) -> Option<(u16, Value)> {
    let address = origin.strip_prefix("http://").expect("an address");
    let form = format!("grant_type=refresh_token&refresh_token={}", app.token);
    let request = format!(
        "POST /token HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.write_all(request.as_bytes()).await.expect("a request");
    if is_lost {
        connection.readable().await.expect("a response");
        return None;
    }
    let mut response = String::new();
    connection.read_to_string(&mut response).await.expect("a response");
    let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let (_, body) = response.split_once("\r\n\r\n").expect("a body");
    Some((status, serde_json::from_str(body).expect("JSON")))
}

#[tokio::test]
async fn over_http_no_loss_of_a_response_logs_a_client_out() {
    let site = LocalSite::start(&[]).await;
    let latchkey = &site.latchkey;
    Client::signed_up(latchkey, "ada1").await;
    let mut random = Random(1);
    let (mut lost, mut failed) = (0, 0);
    for run in 0..soak(20, 1_000) {
        let mut app = App::logged_in(latchkey, "ada1").await;
        for _ in 0..6 {
            if random.below(3) == 0 {
                let operation = ["UpdateItem sessions", "GetItem users"][random.below(2)];
                latchkey.database.fail_next(operation, fault(&mut random));
            }
            match send(&site.origin, &app, random.below(2) == 0).await {
                Some((200, body)) => app.token = body["refresh_token"].as_str().expect("a token").to_owned(),
                Some((status, body)) => {
                    assert_eq!(status, 503, "{body}");
                    failed += 1;
                }
                None => lost += 1,
            }
            latchkey.database.clear_faults();
            latchkey.pass([0, LATER, 3_600][random.below(3)]);
        }
        let (status, body) = send(&site.origin, &app, false).await.expect("a response");
        assert_eq!(status, 200, "{body}");
        clean(latchkey, run);
    }
    eprintln!("{lost} lost responses, {failed} failures");
    assert!(lost > 0);
}
