// The names of our units, and what systemd says about one.
import { programs } from '../system/programs.ts'
import { parseProperties } from '../system/properties.ts'
import type { System } from '../system/system.ts'

export const discUnit = (drive: string): string => `pktw@${drive}.service`
/** Lets go of the disc, or is refused. */
export const unmapUnit = (drive: string): string => `pktw-unmap@${drive}.service`
export const ejectUnit = (drive: string): string => `pktw-eject@${drive}.service`

export interface UnitState {
  /** `active`, `inactive`, `failed`, …; `unknown` where systemd cannot be asked. */
  active: string
  sub: string
  /** `success`, or what it failed with. */
  result: string
}

/** systemd.unit state of a unit, also for an ordinary user. */
export async function unitState(system: System, unit: string): Promise<UnitState> {
  const argv = ['show', '--property=ActiveState,SubState,Result', '--', unit]
  const { code, stdout } = await system.run(programs.systemctl, argv, { timeoutMs: 10_000 })
  const p = code === 0 ? parseProperties(stdout) : {}
  return { active: p.ActiveState ?? 'unknown', sub: p.SubState ?? '', result: p.Result ?? '' }
}
