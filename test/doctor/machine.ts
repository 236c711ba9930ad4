// A machine for the doctor: real files below a root; programs that the machine of the test has not, or that would tell of it,
// give recorded answers. No trouble is in it until a test brings one about.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'
import { machineFacts } from '../../src/cli/doctor-facts.ts'
import type { Found } from '../../src/doctor/table.ts'
import { examine } from '../../src/doctor/table.ts'
import type { System } from '../../src/system/system.ts'
import { driveFiles, machine } from '../cli/machine.ts'

/** udevadm info of a CD-RW that is mapped, recorded in the lab (sid). */
export const readyDisc = [
  'ID_CDROM=1',
  'ID_CDROM_MEDIA=1',
  'ID_CDROM_MEDIA_CD_RW=1',
  'ID_FS_TYPE=udf',
  'ID_FS_VERSION=2.01',
  'PKTW_STATE=ready',
  'PKTW_MEDIUM=cd-rw',
  'PKTW_BACKEND=engine',
].join('\n')

const programs = [
  'systemctl',
  'systemd-tmpfiles',
  'udevadm',
  'modprobe',
  'nbd-client',
  'node',
  'flock',
  'blockdev',
]

export interface Surroundings {
  files?: Record<string, string>
  /** udev's properties of sr0; none: no disc. */
  udev?: string
  /** systemctl show of pktw@sr0. */
  unit?: string
  answers?: Record<string, { code?: number; stdout?: string; stderr?: string }>
  without?: string[]
  drive?: boolean
}

/** `without`: paths that it would have. */
export function doctored({
  files = {},
  udev = '',
  unit = 'ActiveState=inactive\nResult=success',
  answers = {},
  without = [],
  drive = true,
}: Surroundings = {}) {
  const all: Record<string, string> = {
    ...Object.fromEntries(programs.map((p) => [`/usr/bin/${p}`, ''])),
    '/proc/sys/kernel/osrelease': '7.2.13-amd64\n',
    '/proc/filesystems': 'nodev\ttmpfs\n\tudf\n',
    '/proc/self/mountinfo': '',
    '/sys/module/nbd/x': '',
    '/run/systemd/system/x': '',
    '/etc/udev/rules.d/61-pktw.rules': 'IMPORT{program}="/usr/bin/node --jitless x"\n',
    ...(drive
      ? {
          ...driveFiles('sr0', '11:0'),
          '/sys/devices/pci/host0/block/sr0/size': '1372000\n',
          '/sys/devices/pci/host0/block/sr0/diskseq': '7\n',
          '/sys/devices/pci/host0/block/sr0/device/scsi_generic/sg0': '',
        }
      : {}),
    ...files,
  }
  for (const name of without) delete all[name]
  const system = machine(all, {
    ...answers,
    '/usr/bin/node --version': { stdout: process.version },
    'udevadm info': { stdout: udev },
    'systemctl show': { stdout: unit },
    'modprobe --dry-run': { code: 1 },
  }) as System & { commands: string[] }
  mkdirSync(path.join(system.root, 'sys/class/block'), { recursive: true })
  if (drive) symlinkSync('../../devices/pci/host0/block/sr0', path.join(system.root, 'sys/class/block/sr0'))
  return Object.assign(system, { live: true })
}

export const examined = async (system: System, sudoUser?: string): Promise<Found[]> =>
  examine(await machineFacts(system, sudoUser, inject('programs')))

export const codesOf = async (system: System, sudoUser?: string): Promise<string[]> =>
  (await examined(system, sudoUser)).map((f) => f.code)

export const put = (system: System, file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(system.root, file)), { recursive: true })
  writeFileSync(path.join(system.root, file), text)
}
