// What systemd says of a drive's unit, and what follows from it.
import { isCrash, type MainExit } from '../artifacts/crash.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'

export interface UnitState {
  /** `active`, `failed`, … */
  active: string
  /** `success`, `signal`, `start-limit-hit`, … */
  result: string
  /** Somebody asked for something that is still under way: at the end of a unit that is a stop. */
  hasJob: boolean
}

/** Text of systemctl show → what we go by. */
export function parseUnitState(text: string): UnitState {
  const { ActiveState = '', Result = '', Job = '' } = parseProperties(text)
  return { active: ActiveState, result: Result, hasJob: Job !== '' && Job !== '0' }
}

export async function unitState(drive: string): Promise<UnitState> {
  const argv = ['show', '--property=ActiveState,Result,Job', '--', `pktw@${drive}.service`]
  return parseUnitState((await run('systemctl', argv)).stdout)
}

/** systemd is about to start the engine again: the drive, its block device and its mounts stay as they are. */
export const goesOn = (main: MainExit, unit: UnitState): boolean => isCrash(main) && !unit.hasJob

/** The unit is at its end, and nothing is going to start it by itself. */
export const isOver = (unit: UnitState): boolean => unit.active === 'failed' || unit.active === 'inactive'

/** Why systemd gave up, for people. */
export const whyOver = (unit: UnitState): string =>
  unit.result === 'start-limit-hit'
    ? 'died too often within a minute and is not started again'
    : `died and could not take the disc up again (${unit.result})`
