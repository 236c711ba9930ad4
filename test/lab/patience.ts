// How long is too long. Limits of waits hold on a machine that does nothing else; where it does, a wait is longer and what
// is checked is the same.

const wish = process.env.PKTW_LAB_PATIENCE ?? '1'
const factor = Number(wish)
if (!(factor >= 1 && factor <= 20)) {
  process.stderr.write(`PKTW_LAB_PATIENCE=${wish}: how many times longer to wait, 1 to 20\n`)
  process.exit(2)
}

/** ms to wait where `ms` would do on a quiet machine. */
export const patient = (ms: number): number => ms * factor
