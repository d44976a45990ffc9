use super::resources::Image;
use crate::contract::{Answer, fail, pass};

crate::check! {
    /// No machine image owned by the account is public
    ///
    /// Whoever launches a public image gets a copy of its disks, with the code, keys and data left on them. Blocking
    /// public access to images in the region stops new sharing only: what is public already stays public.
    ///
    /// # Fix
    /// Find out who uses the image, then make it private:
    /// `aws ec2 modify-image-attribute --image-id ID --launch-permission 'Remove=[{Group=all}]'`
    ///
    /// # Source
    /// Amazon EC2 User Guide, "Make your AMI publicly available for use in Amazon EC2"; "Understand block public access
    /// for AMIs"
    over: Image,
    duty: Authorization,
    severity: Critical,
}

async fn judge(image: &Image, _: &Cloud) -> Answer {
    let verdict =
        if image.public { fail("can be launched by everyone") } else { pass("cannot be launched by everyone") };
    Ok(verdict.showing("Public", image.public))
}
