// Looks at the drives: /run/pktw, sysfs, udev and systemd, as an ordinary user. What costs a process is asked for only when
// something has changed.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { discStateOf, udevProperties } from '../disc/disc-state.ts'
import { bytesLeft, hearEngine } from '../disc/engine-status.ts'
import { type MappedDrive, mappedDrives, mountsOfDevice } from '../disc/mapped-drives.ts'
import { shutTray } from '../disc/shut-tray.ts'
import { stayMark } from '../disc/stay.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import { diskseqOf, isDriveName } from '../system/drive-nodes.ts'
import { isOver, type PrepareState, readPreparation } from '../system/preparation.ts'
import { parseProperties } from '../system/properties.ts'
import { seatOf } from '../system/seat.ts'
import type { System } from '../system/system.ts'
import type { DriveView } from './view.ts'

/** ms after a change until udev and systemd are asked again: they may have been behind. Then twice as long, up to a minute. */
const again = 3_000
const settled = 60_000
/** ms between two questions while a disc is being let go. */
const leaving = 1_500

interface Remembered {
  /** What has to change for udev and systemd to be asked again. */
  stamp: string
  changedAt: number
  askedAt: number
  properties: Record<string, string>
  units: Units
}

type Units = Pick<DriveView, 'unit' | 'result' | 'ejecting' | 'ejectFailed'>

/** Of systemctl show for two units, whose answers are parted by an empty line. */
export function parseUnits(text: string): Units {
  const [disc = {}, eject = {}] = text.split(/\n\n/).map(parseProperties) as Partial<Record<string, string>>[]
  return {
    unit: disc.ActiveState ?? 'unknown',
    result: disc.Result ?? '',
    ejecting: ['activating', 'active', 'deactivating'].includes(eject.ActiveState ?? ''),
    ...(eject.Result === undefined || eject.Result === 'success' ? {} : { ejectFailed: true }),
  }
}

/** A preparation that is under way. */
function preparingOf(state: PrepareState | undefined): { phase: string; perMille?: number } | undefined {
  if (state === undefined || isOver(state)) return undefined
  const { phase, perMille } = state
  return perMille === undefined ? { phase } : { phase, perMille }
}

export interface LookerOptions {
  system: System
  settings: Pick<CompiledSettings, 'mounts'>
  now?: () => number
}

export class Looker {
  readonly #options: LookerOptions
  readonly #remembered = new Map<string, Remembered>()
  /** When the mount was first seen that a mark would be about. */
  readonly #mountedSince = new Map<string, number>()

  constructor(options: LookerOptions) {
    this.#options = options
  }

  /** All optical drives as they are now. What cannot be read is left out. */
  async look(): Promise<DriveView[]> {
    const { system } = this.#options
    const names = (await system.list('/sys/class/block')).filter(isDriveName).sort()
    const mapped = await mappedDrives(system)
    const views: DriveView[] = []
    for (const drive of names) {
      const view = await this.#lookAt(
        drive,
        mapped.find((m) => m.drive === drive),
      )
      if (view !== undefined) views.push(view)
    }
    return views
  }

  async #lookAt(drive: string, mapped: MappedDrive | undefined): Promise<DriveView | undefined> {
    const { system, settings } = this.#options
    const diskseq = diskseqOf(drive, path.join(system.root, 'sys'))
    if (diskseq === undefined) return undefined
    const preparing = preparingOf(await readPreparation(system, drive).catch(() => undefined))
    const [mount] = mapped === undefined ? [] : await mountsOfDevice(system, mapped.device)
    const held = await system.exists(`/run/pktw/held/${drive}`)
    const shut = mapped === undefined ? undefined : await shutTray(system, drive)
    const stamp = [diskseq, mapped?.device, mount?.target, held, preparing?.phase, shut?.message].join(' ')
    const { properties, units } = await this.#ask(drive, stamp, mapped !== undefined && mount === undefined)
    const disc = discStateOf(properties, drive)
    const p: Partial<Record<string, string>> = properties
    const engine = mapped === undefined ? undefined : await this.#engine(drive)
    return {
      drive,
      model: [p.ID_VENDOR, p.ID_MODEL].join(' ').trim(),
      seat: seatOf(properties),
      diskseq,
      present: disc.present,
      ...(disc.medium === undefined ? {} : { medium: disc.medium }),
      ...(disc.state === undefined ? {} : { state: disc.state }),
      ...(disc.reason === undefined ? {} : { reason: disc.reason }),
      ...(p.ID_FS_LABEL === undefined ? {} : { label: p.ID_FS_LABEL }),
      ...(mapped === undefined ? {} : { device: mapped.device }),
      ...(mount === undefined
        ? {}
        : {
            mount: {
              target: mount.target,
              byUnit: settings.mounts.some(({ where }) => where === mount.target),
            },
          }),
      ...units,
      ...(shut === undefined ? {} : { shut }),
      ...(engine === undefined ? {} : { engine }),
      ...(preparing === undefined ? {} : { preparing }),
      stays: await this.#stays(drive, mount !== undefined),
    }
  }

  async #engine(drive: string): Promise<DriveView['engine']> {
    const { engine, standBy } = await hearEngine(this.#options.system, drive)
    if (standBy !== undefined) return { badBlocks: 0, hottest: 0 }
    if (engine === undefined) return undefined
    return {
      dirtyBytes: bytesLeft(engine),
      badBlocks: engine.badBlocks ?? 0,
      hottest: engine.wear?.hottest?.writes ?? 0,
      ...(engine.losses === undefined ? {} : { losses: engine.losses }),
      ...(engine.journalLost === undefined ? {} : { journalLost: engine.journalLost }),
    }
  }

  /** Asks udev and systemd when something changed, a few times after that, and again and again while a disc leaves. */
  async #ask(drive: string, stamp: string, isLeaving: boolean): Promise<Remembered> {
    const now = (this.#options.now ?? Date.now)()
    const before = this.#remembered.get(drive)
    const changedAt = before?.stamp === stamp ? before.changedAt : now
    if (before?.stamp === stamp) {
      const since = before.askedAt - changedAt
      const pause = isLeaving ? leaving : Math.max(again, since)
      if ((since > settled && !isLeaving) || now - before.askedAt < pause) return before
    }
    const { system } = this.#options
    const argv = [
      'show',
      '--property=ActiveState,Result',
      '--',
      `pktw@${drive}.service`,
      `pktw-eject@${drive}.service`,
    ]
    const [properties, shown] = await Promise.all([
      udevProperties(system, drive),
      system.run('systemctl', argv, { timeoutMs: 10_000 }),
    ])
    const asked = { stamp, changedAt, askedAt: now, properties, units: parseUnits(shown.stdout) }
    this.#remembered.set(drive, asked)
    return asked
  }

  /** The mark is younger than the mount that is gone. */
  async #stays(drive: string, mounted: boolean): Promise<boolean> {
    if (mounted) {
      if (!this.#mountedSince.has(drive)) this.#mountedSince.set(drive, (this.#options.now ?? Date.now)())
      return false
    }
    const since = this.#mountedSince.get(drive)
    this.#mountedSince.delete(drive)
    if (since === undefined) return false
    const mark = await stat(path.join(this.#options.system.root, stayMark(drive))).catch(() => undefined)
    return mark !== undefined && mark.mtimeMs >= since
  }
}
