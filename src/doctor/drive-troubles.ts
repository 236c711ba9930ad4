// Troubles of one drive and the disc in it.
import { lossText, lostText } from '../disc/loss-text.ts'
import { isWorn } from '../media/endurance.ts'
import { pollDefault } from '../system/drive-nodes.ts'
import type { DriveFacts, MachineFacts } from './facts.ts'
import type { Finding, Fix, Trouble } from './trouble.ts'

/** Asks each drive; `drive` is a parameter of every message. */
const each =
  (look: (drive: DriveFacts, facts: MachineFacts) => Finding | undefined) =>
  (facts: MachineFacts): Finding[] =>
    facts.drives.flatMap((drive) => {
      const found = look(drive, facts)
      return found === undefined ? [] : [{ ...found, params: { drive: drive.name, ...found.params } }]
    })

/** States of a disc that could be formatted. */
const unformatted = ['blank', 'unformatted', 'sequential', 'damaged']
/** Reasons of a disc that nobody writes again. */
const closed = ['media.read-only', 'media.write-once']

/** ms between two polls from which on a change of discs may go unnoticed for too long. */
const longestPollMs = 5000

/** UDF revisions that Linux writes. */
const newestUdf = 2.01

/** The engine ought to answer. */
const runs = ['active', 'deactivating', 'reloading']
const isServed = ({ unit }: DriveFacts): boolean => [...runs, 'activating'].includes(unit.active)

const reasonText = (d: DriveFacts): string => `PKTW_STATE=${d.state} ${d.reason?.code ?? ''}`.trim()

export const driveTroubles: Trouble[] = [
  {
    code: 'doctor.no-sg',
    about: 'The module sg is not loaded; it is loaded at boot once pktw is installed.',
    evidence: 'no scsi_generic below the drive in /sys',
    fix: 'loads the module',
    look: each((d) =>
      d.sg
        ? undefined
        : {
            evidence: `/sys/class/block/${d.name}/device/scsi_generic is empty`,
            fix: [{ do: 'run', program: 'modprobe', argv: ['--', 'sg'] }],
          },
    ),
  },
  {
    code: 'doctor.polled-seldom',
    about:
      'Discs and buttons are events that the kernel fetches from the drive. Something switched that off, or made it rare, to save power or to spare a drive.',
    evidence: 'events_poll_msecs of the drive in /sys, and events_dfl_poll_msecs of the module block',
    fix: 'sets the interval, until the next boot',
    look: each(({ name, polling }) => {
      if (polling === undefined || (polling.ms > 0 && polling.ms <= longestPollMs)) return undefined
      const { ms, ofItsOwn } = polling
      const [file, value] = ofItsOwn
        ? [`/sys/class/block/${name}/events_poll_msecs`, -1]
        : [`/sys/${pollDefault}`, 2000]
      return {
        evidence: `${file} is ${ms}`,
        params: {
          often: ms === 0 ? 'never' : `only every ${ms / 1000} s`,
          command: `echo ${value} | sudo tee ${file}`,
        },
        fix: [{ do: 'run', program: 'tee', argv: ['--', file], input: `${value}\n` }],
      }
    }),
  },
  {
    code: 'doctor.drive-mounted',
    about:
      'An automounter was quicker, or was told to mount the drive by its node: autofs (/misc/cd), an old line in fstab, udiskie. On drives that write DVD-RAM such a mount of a CD-RW or DVD-RW is read-write, and loses every write.',
    evidence: 'the mount of the drive itself',
    look: each((d) => {
      const [target] = d.ownMounts
      if (target === undefined || d.state !== 'ready' || d.backend === 'direct') return undefined
      if (d.mapped?.device === d.name) return undefined
      return { evidence: `/dev/${d.name} is mounted at ${d.ownMounts.join(', ')}`, params: { target } }
    }),
  },
  {
    code: 'doctor.left-mapped',
    about:
      'The engine died and what cleans up after it did not run, or was killed. The eject button is still sent to pktw.',
    evidence: 'files in /run/pktw, and the state of pktw@',
    fix: 'has pktw-lost@ clean up, where nothing of it is mounted',
    look: each((d) => {
      if (isServed(d) || (d.held === undefined && d.mapped === undefined)) return undefined
      const fix: Fix[] = [
        { do: 'run', program: 'systemctl', argv: ['start', '--', `pktw-lost@${d.name}.service`] },
      ]
      return {
        evidence: `/run/pktw has ${d.mapped === undefined ? `held/${d.name}` : `map/${d.mapped.device}`}, and pktw@${d.name}.service is ${d.unit.active}`,
        ...(d.packetMounts.length === 0 && d.held !== undefined ? { fix } : {}),
      }
    }),
  },
  {
    code: 'doctor.pktcdvd-mapped',
    about:
      'pktsetup was run by hand or by udftools, and never undone: the door stays locked, and the driver keeps the capacity of the disc that it was opened with.',
    evidence: 'a line of /sys/class/pktcdvd/device_map that no service of pktw made',
    fix: 'unmaps it, where it is not mounted',
    look: ({ pktcdvd }) =>
      pktcdvd.mappings
        .filter((m) => !m.ours)
        .map(({ device, number, drive, mounted }) => ({
          evidence: `/sys/class/pktcdvd/device_map: ${device} ${number} (${drive})`,
          params: { device, number, drive },
          ...(mounted
            ? {}
            : { fix: [{ do: 'run', program: 'pktsetup', argv: ['-d', number] }] satisfies Fix[] }),
        })),
  },
  {
    code: 'doctor.size-of-another-disc',
    about:
      'The disc was changed while it was mapped. With pktcdvd the new one is cut short at the size of the old one, and the rest of its files cannot be read.',
    evidence: 'the sizes in /sys, the DISKSEQ that was written down',
    look: each((d) => {
      const { mapped, size, held } = d
      if (mapped?.size === undefined || size === undefined) return undefined
      // The engine watches DISKSEQ, and takes the size from the track, not from where the kernel has it. pktcdvd does neither.
      const cut = mapped.device.startsWith('pktcdvd') && Math.abs(size - mapped.size) > 512
      const other = held?.sameDisc === false || cut
      if (!other || mapped.size === size) return undefined
      return {
        evidence: `/dev/${mapped.device} has ${mapped.size} sectors, /dev/${d.name} has ${size}`,
        params: { device: `/dev/${mapped.device}` },
      }
    }),
  },
  {
    code: 'doctor.unit-failed',
    about: 'The engine crashed too often, or could not start: the drive failed, or the disc cannot be read.',
    evidence: 'the state of pktw@',
    look: each((d) =>
      d.unit.active === 'failed'
        ? { evidence: `pktw@${d.name}.service: failed (${d.unit.result})` }
        : undefined,
    ),
  },
  {
    code: 'doctor.engine-silent',
    about:
      'A drive that hangs takes the engine with it, until the command times out. What is still to be written is not known meanwhile.',
    evidence: '/run/pktw/DRIVE/status.sock',
    look: each((d) =>
      d.mapped?.device.startsWith('nbd') && d.silence !== undefined && runs.includes(d.unit.active)
        ? { evidence: `/run/pktw/${d.name}/status.sock: ${d.silence}` }
        : undefined,
    ),
  },
  {
    code: 'doctor.not-formatted',
    about:
      'A disc from the shop, or one that a burning program wrote, has no packets. Preparing it erases it.',
    evidence: 'PKTW_STATE and PKTW_REASON in udev’s database',
    look: each((d) =>
      unformatted.includes(d.state ?? '')
        ? {
            evidence: reasonText(d),
            params: {
              reason: d.reason?.message ?? d.state ?? '',
              next: (d.reason?.remedy ?? '').replaceAll('sr0', d.name),
            },
          }
        : undefined,
    ),
  },
  {
    code: 'doctor.closed',
    about: 'Pressed discs and those that are written once are none for packet writing with pktw.',
    evidence: 'PKTW_REASON in udev’s database',
    look: each((d) =>
      closed.includes(d.reason?.code ?? '')
        ? { evidence: reasonText(d), params: { reason: d.reason?.message ?? '' } }
        : undefined,
    ),
  },
  {
    code: 'doctor.write-protected',
    about: 'The tab of a cartridge, or a bit that a program set on the disc.',
    evidence: 'PKTW_STATE in udev’s database',
    look: each((d) => (d.state === 'protected' ? { evidence: reasonText(d) } : undefined)),
  },
  {
    code: 'doctor.data-lost',
    about:
      'The medium refused packets for good: what programs had written there is not on the disc. The doctor reports it until the disc is formatted anew.',
    evidence: 'losses that the engine reports, since the disc was last formatted',
    look: each((d) => {
      const { losses = [] } = d.engine ?? {}
      const last = losses.at(-1)
      if (last === undefined) return undefined
      return {
        evidence: lossText(last),
        params: { lost: lostText(losses), target: d.packetMounts[0] ?? `/dev/pktw/${d.name}` },
      }
    }),
  },
  {
    code: 'doctor.journal-lost',
    about:
      'The disk or file system below /var/lib/pktw is full, read-only or fails. Every flush waits for the disc meanwhile, which takes longer and wears it, and fails while what is left of the journal cannot be removed.',
    evidence: 'what the engine reports',
    look: each((d) => {
      const why = d.engine?.journalLost
      return why === undefined ? undefined : { evidence: why, params: { why } }
    }),
  },
  {
    code: 'doctor.worn',
    about:
      'A packet stands some 1000 writes on CD-RW and DVD±RW, ten times that on BD-RE and a hundred times on DVD-RAM. Linux does not replace blocks that fail.',
    evidence: 'what the engine tells of the disc: bad blocks, the packet written most often',
    look: each((d) => {
      if (d.engine === undefined) return undefined
      const { badBlocks, hottestWrites, medium } = d.engine
      if (!isWorn(medium, hottestWrites, badBlocks)) return undefined
      return {
        evidence: `${badBlocks} bad blocks, one packet written ${hottestWrites} times`,
        params: { target: d.packetMounts[0] ?? `/dev/pktw/${d.name}` },
      }
    }),
  },
  {
    code: 'doctor.udf-too-new',
    about: 'Windows formats BD-RE with UDF 2.50. The kernel mounts that read-only, without saying why.',
    evidence: 'ID_FS_VERSION in udev’s database',
    look: each((d) => {
      const version = Number.parseFloat(d.fsVersion ?? '')
      return d.fsType === 'udf' && version > newestUdf
        ? { evidence: `ID_FS_TYPE=udf ID_FS_VERSION=${d.fsVersion}`, params: { version: d.fsVersion ?? '' } }
        : undefined
    }),
  },
]
