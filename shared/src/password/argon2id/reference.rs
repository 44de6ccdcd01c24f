//! Argon2id computed by the crate `argon2`.

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::error::{Cause, Error};

/// The memory of the hash, wiped after each.
#[derive(Default)]
pub(super) struct Arena(Vec<Block>);

pub(super) fn fill(
    arena: &mut Arena,
    params: &Params,
    password: &[u8],
    salt: &[u8],
    tag: &mut [u8],
) -> Result<(), Error> {
    let failed = |error: argon2::Error| Error::Internal(Cause::from_error(&error));
    let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(tag.len()));
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(failed)?);
    arena.0.resize(argon2.params().block_count(), Block::default());
    let done = argon2.hash_password_into_with_memory(password, salt, tag, &mut *arena.0);
    arena.0.fill(Block::default());
    done.map_err(failed)
}
