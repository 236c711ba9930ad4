// The bench the emulated drives stand on: served over USB/IP by the lab's own process, plugged into the guest.
import { setTimeout as delay } from 'node:timers/promises'
import { Drive, serveDrives } from '../drive/index.ts'
import type { DriveProfile } from '../drive/profile.ts'
import { type DiscWish, makeDisc } from './discs.ts'
import { LabError } from './host.ts'
import { patient } from './patience.ts'
import type { Machine } from './qemu.ts'

/** One drive with its cable. */
export interface Place {
  readonly drive: Drive
  /** `sr0`, as the guest calls it; undefined while unplugged. */
  readonly name: string | undefined
  /** Unplugs as by hand: the drive loses its power. Resolves when the guest has noticed. */
  unplug(): Promise<void>
  /** From the guest's next start on it is plugged in before udev looks for devices: a drive that is there at boot. */
  plugAtBoot(): Promise<void>
  /** Plugs it in (again). Resolves with the guest's name when the block device is there. */
  plug(): Promise<string>
}

export interface Stand {
  /** The drives on the bench, in the order they were plugged in. */
  readonly places: Place[]
  /** Makes a drive of that model (supermulti unless told) and plugs it in; `disc` is in it already then. */
  plug(profile?: string | DriveProfile, disc?: DiscWish): Promise<Place>
  /** Clears the bench and waits until the guest has no drive any more. */
  clear(): Promise<void>
  /** What a person at the bench would do, by name (lab-ctl). */
  order(what: string, options: Record<string, unknown>): Promise<Record<string, unknown>>
  close(): Promise<void>
}

/** The host's loopback, as QEMU's user network shows it to the guest. */
const hostAddress = '10.0.2.2'

/** A unit that plugs the drive in early in the boot. */
const atBoot = (port: number): string => `[Unit]
Description=A USB drive that is there from the start
DefaultDependencies=no
After=systemd-udevd.service systemd-remount-fs.service
Before=systemd-udev-trigger.service sysinit.target

[Service]
Type=oneshot
ExecStart=modprobe -a virtio_net vhci_hcd usb_storage sr_mod
ExecStart=/bin/sh -c 'until [ -e /sys/class/net/eth0 ]; do sleep 0.1; done'
ExecStart=ip link set eth0 up
ExecStart=ip address replace 10.0.2.15/24 dev eth0
ExecStart=usbip --tcp-port ${port} attach -r ${hostAddress} -b 1-1

[Install]
WantedBy=sysinit.target
`

const listUnits = [
  ...['systemctl', 'list-units', '--plain', '--no-legend'],
  '--state=active,activating,deactivating',
]
const unitPatterns = [
  'pktw@*.service',
  'pktw-spare@*.service',
  'pktw-eject@*.service',
  'pktw-lost@*.service',
  'media-*.mount',
]

const srNames = async (machine: Machine): Promise<string[]> => {
  const { stdout } = await machine.exec(['ls', '/sys/block'])
  return stdout.split('\n').filter((n) => /^sr\d+$/.test(n))
}

const must = async (machine: Machine, argv: string[]): Promise<string> => {
  const ran = await machine.exec(argv)
  if (ran.code !== 0) throw new LabError(`${argv.join(' ')} in the guest: ${ran.stderr || ran.stdout}`)
  return ran.stdout
}

/** Asks until `probe` says something. Rejects with LabError after `timeoutMs`. */
const until = async <T>(
  what: string,
  probe: () => Promise<T | undefined>,
  timeoutMs = 20_000,
): Promise<T> => {
  for (const end = performance.now() + patient(timeoutMs); ; ) {
    const seen = await probe()
    if (seen !== undefined) return seen
    if (performance.now() > end) throw new LabError(`not within ${timeoutMs / 1000} s: ${what}`)
    await delay(100)
  }
}

/** An empty bench beside a machine. */
export const openStand = async (machine: Machine): Promise<Stand> => {
  const places: Place[] = []
  const servers: { close(): Promise<void> }[] = []
  await must(machine, ['modprobe', '-a', 'vhci_hcd', 'sr_mod', 'sg', 'usb_storage'])

  const placeOf = async (drive: Drive): Promise<Place> => {
    const server = await serveDrives([drive], { host: '127.0.0.1', port: 0 })
    servers.push(server)
    let name: string | undefined
    return {
      drive,
      get name() {
        return name
      },
      plugAtBoot: async () => {
        const unit = atBoot(server.port)
        await machine.push('/etc/systemd/system/lab-drive.service', Buffer.from(unit), 0o644)
        await must(machine, ['systemctl', 'enable', 'lab-drive.service'])
      },
      plug: async () => {
        drive.replug()
        const before = await srNames(machine)
        await must(machine, [
          'usbip',
          '--tcp-port',
          String(server.port),
          'attach',
          '-r',
          hostAddress,
          '-b',
          '1-1',
        ])
        const fresh = async () => (await srNames(machine)).find((n) => !before.includes(n))
        name = await until('the drive shows up in the guest', fresh)
        return name
      },
      unplug: async () => {
        drive.unplug()
        const gone = name
        name = undefined
        if (gone) {
          await until('the drive is gone in the guest', async () =>
            (await srNames(machine)).includes(gone) ? undefined : true,
          )
        }
      },
    }
  }

  const plug = async (profile: string | DriveProfile = 'supermulti', wish?: DiscWish): Promise<Place> => {
    const place = await placeOf(new Drive({ profile }))
    if (wish) place.drive.insert(await makeDisc(wish))
    await place.plug()
    places.push(place)
    return place
  }

  /** Asks for the disc as a person would, so that nothing is cut off; what does not answer is unplugged all the same. */
  const giveBack = async ({ drive }: Place): Promise<void> => {
    drive.unhang()
    if (!drive.plugged || !drive.disc || drive.trayOpen || drive.prevent === 0) return
    drive.pressEject()
    await until('the tray is out', async () => drive.trayOpen || undefined, 60_000).catch(() => {})
  }

  const clear = async (): Promise<void> => {
    for (const place of places) await giveBack(place)
    for (const place of places.splice(0)) await place.unplug()
    for (const server of servers.splice(0)) await server.close()
    // The next scenario must not meet the last one's units on their way out.
    await until(
      'the units of the last disc are gone',
      async () => {
        const units = await must(machine, [...listUnits, ...unitPatterns])
        return units.trim() === '' ? true : undefined
      },
      90_000,
    )
    await machine.exec(['systemctl', 'reset-failed'])
  }

  /** The drive an order is for: number `n`, the first unless told; made when the bench is empty. */
  const chosen = async (options: Record<string, unknown>): Promise<Place> => {
    const place = places[Number(options.n ?? 0)]
    if (place) return place
    if (options.n !== undefined) throw new LabError(`no drive number ${options.n}`)
    return plug(typeof options.profile === 'string' ? options.profile : undefined)
  }

  const status = (place: Place): Record<string, unknown> => {
    const { drive, name } = place
    const { disc } = drive
    return {
      drive: name ?? null,
      model: drive.profile.model,
      tray: drive.trayOpen ? 'open' : 'shut',
      locked: drive.prevent !== 0,
      disc: disc ? { kind: disc.kind, state: disc.state, blocks: disc.blocks } : null,
      mediumWrites: disc ? [...disc.writes.values()].reduce((sum, n) => sum + n, 0) : 0,
    }
  }

  const order: Stand['order'] = async (what, options) => {
    if (what === 'reset') return clear().then(() => ({}))
    if (what === 'log') return { drives: places.map((p) => ({ ...status(p), log: p.drive.counters.log })) }
    const { n: _n, profile: _profile, ...wish } = options
    if (what === 'add') return status(await plug(String(options.profile ?? 'supermulti')))
    const place = await chosen(options)
    const { drive } = place
    switch (what) {
      case 'status':
        break
      case 'insert':
        drive.insert(await makeDisc({ kind: 'cd-rw', udf: 'LAB', ...wish } as DiscWish))
        break
      case 'swap':
        drive.swap(await makeDisc({ kind: 'cd-rw', udf: 'OTHER', ...wish } as DiscWish))
        break
      case 'remove':
        drive.removeDisc()
        break
      case 'force':
        drive.pullByForce()
        break
      case 'press':
        return { pressed: drive.pressEject(), ...status(place) }
      case 'close':
        drive.closeTray()
        break
      case 'unplug':
        await place.unplug()
        break
      case 'plug':
        if (place.name === undefined) await place.plug()
        break
      case 'powerloss':
        drive.powerLoss()
        await place.unplug()
        break
      case 'hang':
        drive.hang(options.until === 'for-ever' ? 'for-ever' : 'until-reset')
        break
      case 'unhang':
        drive.unhang()
        break
      default:
        throw new LabError(`no such order for the drive: ${what}`)
    }
    return status(place)
  }

  return {
    places,
    plug,
    clear,
    order,
    close: async () => {
      for (const server of servers.splice(0)) await server.close()
    },
  }
}
