//! A recording judged again gives the report of the scan that made it, byte for byte.

use crate::moto::{ACCOUNT, Moto, REGIONS};
use crate::scan::{Ran, User, files_below};

#[tokio::test]
async fn a_recording_replays_to_the_same_bytes() {
    let moto = Moto::seeded();
    let user = User::of(&moto.endpoint);
    let folder = user.path("recording");
    let folder = folder.to_str().expect("UTF-8");
    let now = "2027-01-01T00:00:00Z";
    let regions: Vec<&str> = REGIONS.iter().flat_map(|region| ["--region", region]).collect();
    let live = user.scan(&[&regions[..], &["--record", folder, "--now", now]].concat()).await;
    assert_eq!(live.code, Some(1), "{}", live.stderr);

    let nobody = User::nobody();
    for _ in 0..2 {
        let args = ["scan", "--from", folder, "--now", now, "--format", "json"];
        let replayed = Ran::of(nobody.command(&args).spawn().expect("the program can be started")).await;
        assert_eq!(replayed.code, live.code, "{}", replayed.stderr);
        if replayed.stdout != live.stdout {
            let differing = live.stdout.lines().zip(replayed.stdout.lines()).find(|(live, replayed)| live != replayed);
            panic!("the reports differ: {differing:#?}");
        }
    }

    let files = files_below(user.path("recording").as_path());
    assert!(files.iter().any(|(path, _)| path.ends_with(format!("{ACCOUNT}/global/iam/User.json"))), "{files:#?}");
    for (path, text) in files {
        for secret in ["aws_secret_access_key", "X-Amz-Signature", "AWS4-HMAC", "SessionToken", "Correct-horse"] {
            assert!(!text.contains(secret), "{} holds {secret}", path.display());
        }
    }
}

#[tokio::test]
async fn a_second_recording_does_not_overwrite_the_first() {
    let moto = Moto::seeded();
    let user = User::of(&moto.endpoint);
    let folder = user.path("recording");
    let args = ["--region", "us-east-1", "--service", "kms", "--record", folder.to_str().expect("UTF-8")];
    assert_eq!(user.scan(&args).await.code, Some(1));
    let before = files_below(&folder);
    let again = user.scan(&args).await;
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert_eq!(files_below(&folder), before);
}
