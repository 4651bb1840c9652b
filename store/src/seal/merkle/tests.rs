//! Known answers of Certificate Transparency, which RFC 6962 describes, and every path of
//! every small tree.

use super::*;

/// The leaves of Certificate Transparency's own tests.
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// The root over the first 0, 1, 2 … of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaves() -> Vec<Hash> {
    LEAVES
        .iter()
        .map(|data| leaf(&hex::decode(data).unwrap()))
        .collect()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    for (size, expected) in ROOTS.iter().enumerate() {
        let root = root(leaves().into_iter().take(size));
        assert_eq!(root.to_string(), *expected, "{size} leaves");
    }
}

#[test]
fn a_path_is_that_of_certificate_transparency() {
    // The path of the first leaf of eight, from the same tests.
    let told: Vec<_> = path(0, &leaves()).iter().map(Hash::to_string).collect();
    assert_eq!(
        told,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
}

fn numbered(size: u64) -> Vec<Hash> {
    (0..size)
        .map(|number| leaf(&number.to_be_bytes()))
        .collect()
}

#[test]
fn every_path_of_every_small_tree_leads_to_its_root() {
    for size in 1..70 {
        let leaves = numbered(size);
        let root = root(leaves.iter().copied());
        for (index, hash) in (0_u64..).zip(&leaves) {
            let path = path(index, &leaves);
            assert_eq!(climb(*hash, index, size, &path), Some(root));
        }
    }
}

#[test]
fn nothing_else_leads_there() {
    for size in 2..20 {
        let leaves = numbered(size);
        let root = root(leaves.iter().copied());
        for (index, hash) in (0_u64..).zip(&leaves) {
            let mut path = path(index, &leaves);
            assert_ne!(climb(leaf(b"another"), index, size, &path), Some(root));
            assert_ne!(climb(*hash, (index + 1) % size, size, &path), Some(root));
            assert_eq!(climb(*hash, size, size, &path), None);
            assert_eq!(climb(*hash, index, size, &path[1..]), None);
            path[0].0[31] ^= 1;
            assert_ne!(climb(*hash, index, size, &path), Some(root));
            path.push(root);
            assert_eq!(climb(*hash, index, size, &path), None);
        }
    }
}
