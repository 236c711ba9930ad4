// pktw-inhibit@.service: while something is not on the disc, the machine neither sleeps nor shuts down.
import { access } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesLeft, type Heard, hearEngine } from '../disc/engine-status.ts'
import { bytesText } from '../media/quantities.ts'
import { type Inhibitor, inhibitSleep } from '../system/inhibitor.ts'
import { log } from '../system/journal.ts'
import { parseProperties } from '../system/properties.ts'
import { realSystem } from '../system/real.ts'
import { run } from '../system/run.ts'
import { mappingOf, paths } from './state.ts'
import { unitState } from './unit.ts'

/** ms between two looks whether all is on the disc, and between two at how much is left. */
const lookEvery = 500
const tellEvery = 10_000

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** The engine has something to write, or died with that and is about to be started again. */
async function isDirty(drive: string): Promise<boolean> {
  if (await isThere(paths.dirty(drive))) return true
  // Its directory goes with it.
  if (await isThere(paths.runtime(drive))) return false
  const { active } = await unitState(drive)
  // Nothing: systemd does not say.
  return active === 'activating' || active === ''
}

/** What the disc is called on the desktop. */
async function discName(drive: string): Promise<string> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return `the disc in ${drive}`
  const info = await run('udevadm', ['info', '--query=property', `--path=/sys/class/block/${mapping.device}`])
  const { ID_FS_LABEL: label } = parseProperties(info.stdout) as Partial<Record<string, string>>
  return label === undefined ? `the disc in ${drive}` : `${label} in ${drive}`
}

/** "writing 12 MB to LABEL in sr0": what people are shown who want the machine to sleep. */
export function reasonText({ engine }: Heard, name: string): string {
  if (engine === undefined) return `${name} may not have everything yet, and what writes it does not answer`
  const left = bytesLeft(engine)
  return left === 0 ? `writing to ${name}` : `writing ${bytesText(left)} to ${name}`
}

const reason = async (drive: string, name: string): Promise<string> =>
  reasonText(await hearEngine(realSystem(), drive), name)

/** Until everything is on the disc. Without logind there is nothing to hold, and the wait is all the same. */
export async function inhibit(drive: string): Promise<void> {
  const name = await discName(drive)
  let why = await reason(drive, name)
  let held = hold(drive, why)
  let toldAt = Date.now()
  while (await isDirty(drive)) {
    await sleep(lookEvery)
    if (Date.now() - toldAt < tellEvery) continue
    toldAt = Date.now()
    const now = await reason(drive, name)
    if (now === why) continue
    why = now
    // The new one first: there is no moment without.
    const before = held
    held = hold(drive, why)
    await before.release()
  }
  await held.release()
}

function hold(drive: string, why: string): Inhibitor {
  const inhibitor = inhibitSleep(why)
  void inhibitor.ended.then((problem) => {
    if (problem !== undefined) log.warning(`${drive}: the machine is not kept from sleeping: ${problem}`)
  })
  return inhibitor
}
