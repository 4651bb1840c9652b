//! `payoutd seal check`: a proof, followed step by step without a database.

use std::path::PathBuf;

use serde_json::json;
use store::seal::{Flaw, Head, Proof, Proven, PublicKey};

use super::{file, moment};
use crate::{
    cli::{output::Output, render::plain},
    failure::{Exit, Failure},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    payoutd seal check proof.json --head head.json --public-key seal.pub\n\n\
    Without --head the proof's own head is taken, which whoever made the proof may have made up.\n\
    Exit code 1 if it shows nothing.")]
pub(super) struct Args {
    /// The proof; `-` is stdin
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    /// The head that was published
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// The key that the head must be signed with
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<Exit, Failure> {
    let proof: Proof = file::parse(&args.proof)?;
    let head = args.head.as_deref().map(file::head).transpose()?;
    let key = args
        .public_key
        .as_deref()
        .map(file::public_key)
        .transpose()?;
    let shown = follow(&proof, head.as_ref(), key.as_ref());
    let head = head.as_ref().unwrap_or(&proof.head);
    match shown {
        Ok(proven) => tell(&proof, head, &proven, (args, out)).map(|()| Exit::Done),
        Err(flaw) => {
            let flaw = flaw.to_string();
            if args.json {
                let payout_id = proof.payout_id;
                out.json(&json!({ "holds": false, "payout_id": payout_id, "flaw": flaw }))?;
            } else {
                out.line(format_args!(
                    "✗ nothing is shown of payout {}: {}",
                    proof.payout_id,
                    plain(&flaw)
                ))?;
            }
            Ok(Exit::Failed)
        }
    }
}

fn follow(proof: &Proof, head: Option<&Head>, key: Option<&PublicKey>) -> Result<Proven, Flaw> {
    head.unwrap_or(&proof.head).check(key)?;
    proof.check(head)
}

fn tell(
    proof: &Proof,
    head: &Head,
    proven: &Proven,
    (args, out): (&Args, &mut Output),
) -> Result<(), Failure> {
    let blocks: Vec<_> = proof
        .blocks
        .iter()
        .map(|block| block.header.number)
        .collect();
    if args.json {
        return out.json(&json!({
            "holds": true, "payout_id": proven.payout_id, "seller_id": proven.seller_id,
            "amount": proven.amount, "status": proven.status,
            "stripe_payout_id": proven.stripe_payout_id, "events": proven.events,
            "blocks": blocks, "head": head, "given_head": args.head.is_some(),
            "given_key": args.public_key.is_some(),
        }));
    }
    let stripe = proven
        .stripe_payout_id
        .as_ref()
        .map(|id| format!(", {id} at Stripe"))
        .unwrap_or_default();
    out.line(format_args!(
        "✓ payout {} to {}: {}, {}{stripe}",
        proven.payout_id,
        plain(&proven.seller_id),
        proven.amount,
        proven.status
    ))?;
    let numbers: Vec<_> = blocks.iter().map(ToString::to_string).collect();
    out.line(format_args!(
        "✓ as its first {} events tell, which are sealed in block {} of the books {:?}",
        proven.events,
        numbers.join(", "),
        head.tenant
    ))?;
    out.line(format_args!(
        "✓ below the head of {} blocks over {} events, made {}, with root {}",
        head.blocks,
        head.events,
        moment(head.time),
        head.root
    ))?;
    let given = args.public_key.is_some();
    let mark = if given { '✓' } else { '·' };
    out.line(format_args!("{mark} {}", signer(head, given)))?;
    if args.head.is_none() {
        out.line("· the head came with the proof: hold it against one that was published")?;
    }
    Ok(())
}

/// Who has signed a head, in words.
pub(super) fn signer(head: &Head, given: bool) -> String {
    match &head.signature {
        None => "not signed".to_owned(),
        Some(signature) if given => format!("signed with the given key {}", signature.key_id),
        Some(signature) => format!("signed with key {}", signature.key_id),
    }
}
