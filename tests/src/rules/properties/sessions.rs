//! Properties of sessions: the claims of their tokens, the reading of their cookies, and their lifetimes.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use data_encoding::BASE64URL_NOPAD;
use latchkey::account::{Email, Status, User, UserId, Username};
use latchkey::http::cookie::Cookies;
use latchkey::http::request::Request;
use latchkey::keys::{KeySet, Keys};
use latchkey::secret::BearerSecret;
use latchkey::session::{ClientInfo, Lifetimes, NewSession, Session};
use latchkey::time::{Seconds, Timestamp};
use latchkey::token::Tokens;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::harness::Event;
use crate::harness::latchkey::{STACK, keys};
use crate::rules::properties::{cases, text};

fn tokens() -> Tokens {
    Tokens::new(STACK.to_owned(), Keys::fixed(KeySet::parse(&keys()).expect("a key")))
}

fn user() -> User {
    let (username, email) = (Username::parse("ada1").expect("valid"), Email::parse("a@b.cd").expect("valid"));
    User::new(UserId::random().expect("random numbers"), &username, &email, None, Timestamp::from_seconds(0))
}

fn session(user: &User, lifetimes: Lifetimes, now: Timestamp) -> (Session, BearerSecret) {
    let client = ClientInfo::new(None, None);
    let new = NewSession::new(user.user_id.clone(), user.epoch, client, lifetimes, now);
    let NewSession { session, secret, .. } = new.expect("random numbers");
    (session, secret)
}

fn lifetimes() -> impl Strategy<Value = Lifetimes> {
    (1..100_i64, 1..1_000_i64, 0..5_000_i64).prop_map(|(active, more, most)| Lifetimes {
        active: Seconds(active),
        idle: Seconds(active + more),
        absolute: Seconds(active + more + most),
    })
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0..300_i64, 0..4_000_000_000_i64].prop_map(Timestamp::from_seconds)
}

fn request(event: &Event, now: Timestamp) -> Request {
    let event = serde_json::value::to_raw_value(event.json()).expect("JSON");
    Request::from_event(&event, "request-id", now)
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_token_names_its_session_only_during_its_lifetime(
        lifetimes in lifetimes(), begun in timestamp(), asked in timestamp(), role in text(),
    ) {
        let user = user();
        let (session, secret) = session(&user, lifetimes, begun);
        let token = tokens().issue(&session, &secret, &role, begun).unwrap();
        for now in [asked, begun, begun + Seconds(-60), begun + Seconds(-61), session.absolute_until] {
            let found = tokens().verify(&token, now);
            let is_in_time = now < session.absolute_until && begun.as_seconds() - now.as_seconds() <= 60;
            // A long role makes the token longer than the limit.
            prop_assert_eq!(found.is_some(), is_in_time && token.len() <= 2_048);
            if let Some(found) = found {
                prop_assert_eq!((&found.user_id, found.session_id()), (&user.user_id, session.session_id.clone()));
                prop_assert_eq!(found.secret.reveal(), secret.reveal());
            }
        }
    }

    #[test]
    fn a_token_with_any_change_is_none(index in any::<Index>(), other in any::<char>(), change in 0..4) {
        let now = Timestamp::from_seconds(1_000);
        let lifetimes = Lifetimes { active: Seconds(1), idle: Seconds(10), absolute: Seconds(10) };
        let (session, secret) = session(&user(), lifetimes, now);
        let token = tokens().issue(&session, &secret, "user", now).unwrap();
        let mut changed: Vec<char> = token.chars().collect();
        let position = index.index(changed.len());
        match change {
            0 => changed[position] = other,
            1 => changed.insert(position, other),
            2 => drop(changed.remove(position)),
            _ => changed.truncate(position),
        }
        let changed: String = changed.into_iter().collect();
        prop_assert_eq!(tokens().verify(&changed, now).is_some(), changed == token);
    }

    #[test]
    fn any_text_is_no_token(token in text()) {
        prop_assert!(tokens().verify(&token, Timestamp::from_seconds(0)).is_none());
    }

    #[test]
    fn two_secrets_never_share_a_key(
        one in any::<[u8; 32]>(), other in any::<[u8; 32]>(), byte in 0..32_usize, bit in 0..8_u8,
    ) {
        let secret = |bytes: &[u8; 32]| BearerSecret::parse(&BASE64URL_NOPAD.encode(bytes)).unwrap();
        let mut near = one;
        near[byte] ^= 1_u8 << bit;
        for other in [other, near] {
            prop_assert_eq!(secret(&one).hashed() == secret(&other).hashed(), one == other);
        }
        prop_assert!(!secret(&one).hashed().as_str().contains(&secret(&one).reveal()));
    }

    #[test]
    fn a_set_cookie_header_is_read_alike_by_another_parser(
        lifetimes in lifetimes(), now in timestamp(), secure in any::<bool>(),
    ) {
        let cookies = Cookies::new((!secure).then_some(9000), tokens());
        let (session, secret) = session(&user(), lifetimes, now);
        let header = cookies.issue(&session, &secret, "user", now).unwrap();
        let read = Cookie::parse(header.as_str()).unwrap();
        let age = Duration::seconds((session.expires_at - now).0);
        prop_assert_eq!(read.name(), if secure { "__Host-session" } else { "latchkey-9000-session" });
        prop_assert_eq!((read.secure(), read.http_only()), (secure.then_some(true), Some(true)));
        prop_assert_eq!((read.same_site(), read.path(), read.domain()), (Some(SameSite::Lax), Some("/"), None));
        prop_assert_eq!(read.max_age(), Some(age));
        prop_assert_eq!(header.split("; ").count(), if secure { 6 } else { 5 }, "there is no other attribute");
        let sent = format!("{}={}", read.name(), read.value());
        let found = cookies.presented(&request(&Event::new("GET", "/").cookies([sent]), now)).unwrap();
        prop_assert_eq!(found.session_id(), session.session_id);
    }

    #[test]
    fn the_set_cookie_headers_of_a_logout_are_read_alike_by_another_parser(
        now in timestamp(), secure in any::<bool>(),
    ) {
        let cookies = Cookies::new((!secure).then_some(9000), tokens());
        let headers = cookies.clear(now);
        let [cleared, logout, goodbye] = headers.each_ref().map(|header| Cookie::parse(header.as_str()).unwrap());
        let is_secure = secure.then_some(true);
        prop_assert_eq!((logout.http_only(), logout.secure()), (Some(true), is_secure));
        prop_assert_eq!((goodbye.value(), goodbye.http_only()), ("", Some(true)));
        prop_assert_eq!(goodbye.max_age(), Some(Duration::SECOND));
        let sent = format!("{}={}", logout.name(), logout.value());
        let request = request(&Event::new("GET", "/").cookies([sent]), now);
        prop_assert_eq!(cookies.logged_out_at(&request), Some(now));
        let name = if secure { "__Host-session" } else { "latchkey-9000-session" };
        prop_assert_eq!((cleared.name(), cleared.value(), cleared.path()), (name, "", Some("/")));
        prop_assert_eq!((cleared.secure(), cleared.max_age()), (is_secure, Some(Duration::ZERO)));
    }

    #[test]
    fn a_cookie_is_found_among_any_others_unless_there_are_two(
        before in prop::collection::vec(text(), 0..4), after in prop::collection::vec(text(), 0..4),
        value in "[!-:<-~]{0,20}",
    ) {
        const NAME: &str = "__Host-session";
        let has_it = |cookie: &String| {
            cookie.split(';').any(|pair| pair.trim_matches([' ', '\t']).starts_with("__Host-session="))
        };
        prop_assume!(!before.iter().chain(&after).any(has_it));
        let pair = format!("{NAME}={value}");
        let cookies = [before.clone(), vec![pair.clone()], after.clone()].concat();
        let now = Timestamp::from_seconds(0);
        let found = |cookies: Vec<String>| {
            request(&Event::new("GET", "/").cookies(cookies), now).cookie(NAME).map(str::to_owned)
        };
        prop_assert_eq!(found(cookies.clone()), Some(value.clone()));
        prop_assert_eq!(found(vec![cookies.join("; ")]), Some(value));
        prop_assert_eq!(found([before.clone(), after.clone()].concat()), None);
        prop_assert_eq!(found([cookies, vec![pair]].concat()), None);
    }

    #[test]
    fn a_session_stays_active_exactly_as_long_as_its_visits_renew_it(
        lifetimes in lifetimes(), begun in timestamp(), pauses in prop::collection::vec(0..1_500_i64, 0..12),
    ) {
        let user = user();
        let (mut session, _) = session(&user, lifetimes, begun);
        let (mut now, mut renewed_at, mut was_active) = (begun, begun, true);
        for pause in pauses {
            now = now + Seconds(pause);
            // The lifetimes count from the last renewal, and from the beginning.
            let (unused, age) = ((now - renewed_at).0, (now - begun).0);
            let is_active = unused < lifetimes.idle.0 && age < lifetimes.absolute.0;
            prop_assert_eq!(session.is_live(&user, now), is_active);
            prop_assert!(was_active || !is_active, "an expired session stays expired");
            let ends = (renewed_at + lifetimes.idle).min(begun + lifetimes.absolute);
            prop_assert_eq!(session.expires_at, ends);
            was_active = is_active;
            let renewed = session.renewed(lifetimes, now);
            prop_assert_eq!(renewed.is_some(), unused >= lifetimes.active.0);
            if let Some(renewed) = renewed.filter(|_| is_active) {
                prop_assert_eq!((renewed.absolute_until, renewed.created_at), (session.absolute_until, begun));
                prop_assert!(renewed.expires_at >= session.expires_at);
                (session, renewed_at) = (renewed, now);
            }
        }
    }

    #[test]
    fn a_session_is_active_only_for_its_active_user_in_the_same_epoch(
        epochs in (0..3_u64, 0..3_u64), active in any::<bool>(), own in any::<bool>(), asked in timestamp(),
        ends in (timestamp(), timestamp()), expires_at in timestamp(),
    ) {
        let lifetimes = Lifetimes { active: Seconds(1), idle: Seconds(2), absolute: Seconds(3) };
        let mut user = user();
        let (mut session, _) = session(&user, lifetimes, Timestamp::from_seconds(0));
        (session.epoch, user.epoch) = epochs;
        (session.idle_until, session.absolute_until) = ends;
        // DynamoDB deletes the item by this time, which does not decide.
        session.expires_at = expires_at;
        if !active {
            user.status = Status::Disabled;
        }
        if !own {
            user.user_id = UserId::random().unwrap();
        }
        let is_active = active && own && epochs.0 == epochs.1 && asked < ends.0 && asked < ends.1;
        prop_assert_eq!(session.is_live(&user, asked), is_active);
        prop_assert_eq!(session.is_expired(asked), asked >= ends.0 || asked >= ends.1);
    }
}
