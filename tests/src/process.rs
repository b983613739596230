//! What the kernel says of a process.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Memory that it has resident, in bytes.
    pub resident: u64,
    /// Most memory that it ever had resident, in bytes.
    pub resident_peak: u64,
    /// User and system time, in seconds.
    pub cpu_seconds: f64,
}

/// `/proc` counts processor time in hundredths of a second (`USER_HZ`, fixed on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads the usage of a running process.
pub fn usage(pid: u32) -> Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (resident, resident_peak) = (size(&status, "VmRSS:")?, size(&status, "VmHWM:")?);
    Ok(Usage { resident, resident_peak, cpu_seconds: cpu_seconds(&stat)? })
}

fn size(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// proc(5): utime and stime are fields 14 and 15; the second, in parentheses, may hold blanks.
fn cpu_seconds(stat: &str) -> Result<f64> {
    let (_, behind) = stat.rsplit_once(')').context("no command")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3).context("stat is short")?.parse::<f64>().context("ticks");
    Ok((ticks(14)? + ticks(15)?) / TICKS_PER_SECOND)
}

/// Sends SIGTERM: asks a process to end.
pub fn terminate(pid: u32) -> Result<()> {
    let status = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid.to_string()]).status()?;
    ensure!(status.success(), "SIGTERM did not reach process {pid}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_proc_as_it_is_written_there() {
        let status = "VmPeak:\t 9 kB\nVmHWM:\t   1024 kB\nVmRSS:\t    512 kB\n";
        assert_eq!((size(status, "VmHWM:").unwrap(), size(status, "VmRSS:").unwrap()), (1_048_576, 524_288));
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 1 2 3 4 150 50 0 0 20 0 1 0 1 1 1";
        assert!((cpu_seconds(stat).unwrap() - 2.0).abs() < 1e-9);
        let own = usage(std::process::id()).unwrap();
        assert!(own.resident_peak > 100_000, "{own:?}");
    }
}
