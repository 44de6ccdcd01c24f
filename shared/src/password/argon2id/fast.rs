//! Argon2id computed by the crate `argon2-rust`.

use argon2::Params;
use argon2_rust::params::{Memory, TagLen};
use argon2_rust::{Algorithm, Argon2, Hasher, Version};

use crate::error::{Cause, Error};

/// The memory of the hash, in huge pages if the system has them. The crate wipes it after each hash.
#[derive(Default)]
pub(super) struct Arena(Option<Hasher>);

pub(super) fn fill(
    arena: &mut Arena,
    params: &Params,
    password: &[u8],
    salt: &[u8],
    tag: &mut [u8],
) -> Result<(), Error> {
    let failed = |error: argon2_rust::Error| Error::Internal(Cause::from_error(&error));
    let params = argon2_rust::Params::builder()
        .memory(Memory::kib(params.m_cost().into()))
        .passes(params.t_cost())
        .lanes(params.p_cost())
        .tag_len(TagLen::bytes(tag.len() as u64))
        .build()
        .map_err(failed)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hasher = arena.0.get_or_insert_with(|| argon2.hasher());
    hasher.set_argon2(argon2);
    hasher.hash_into(password, salt, tag).map_err(failed)
}
