// What systemd says of a drive's unit, and what follows from it.
import { isCrash, type MainExit } from '../artifacts/crash.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'

export interface UnitState {
  /** `active`, `failed`, … */
  active: string
  /** `success`, `signal`, `start-limit-hit`, … */
  result: string
  /** What systemd was asked to do with it and has not finished: `start`, `stop`, `restart`, …; undefined for nothing. */
  job: string | undefined
}

/** Texts of systemctl show and systemctl list-jobs → what we go by. */
export function parseUnitState(unit: string, shown: string, jobs: string): UnitState {
  const { ActiveState = '', Result = '' } = parseProperties(shown)
  const row = jobs
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[1] === unit)
  return { active: ActiveState, result: Result, job: row?.[2] }
}

export async function unitState(drive: string): Promise<UnitState> {
  const unit = `pktw@${drive}.service`
  const shown = await run('systemctl', ['show', '--property=ActiveState,Result', '--', unit])
  const jobs = await run('systemctl', ['list-jobs', '--no-legend', '--plain', '--full', '--', unit])
  return parseUnitState(unit, shown.stdout, jobs.stdout)
}

/**
 * systemd is about to start the engine again: the drive, its block device and its mounts stay as they are. A job to start
 * is that of the start before, which the engine did not live to see the end of.
 */
export const goesOn = (main: MainExit, unit: UnitState): boolean =>
  isCrash(main) && (unit.job === undefined || unit.job === 'start')

/** The unit is at its end, and nothing is going to start it by itself. */
export const isOver = (unit: UnitState): boolean => unit.active === 'failed' || unit.active === 'inactive'

/** Why systemd gave up, for people. */
export const whyOver = (unit: UnitState): string =>
  unit.result === 'start-limit-hit'
    ? 'died too often within a minute and is not started again'
    : `died and could not take the disc up again (${unit.result})`
