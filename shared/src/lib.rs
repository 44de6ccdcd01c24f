//! What the functions of Latchkey share.
//!
//! Arrows between the modules run one way: the pure modules know neither HTTP nor the database,
//! `store` and `http` know the pure ones and not each other, and only the functions join them.
//!
//! | modules | hold |
//! |---|---|
//! | [`config`], [`error`], [`log`], [`time`] | what everything stands on |
//! | [`email`], [`identifier`], [`input`], [`name`], [`password`], [`session`], [`token`], [`user`], [`username`] | the rules of accounts and sessions, without any I/O |
//! | [`store`] | the tables, one file each; the only code that speaks to DynamoDB |
//! | [`http`] | the edge: API Gateway's event in, its answer out |

pub mod config;
pub mod email;
pub mod error;
pub mod http;
pub mod identifier;
pub mod input;
pub mod log;
pub mod name;
pub mod password;
pub mod session;
pub mod store;
pub mod time;
pub mod token;
pub mod user;
pub mod username;
