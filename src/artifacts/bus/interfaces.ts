// org.pktw.Pktw1 on the system bus.
import type { Interface } from './interface.ts'

export const busName = 'org.pktw.Pktw1'
export const rootPath = '/org/pktw/Pktw1'
export const drivePath = (drive: string): string => `${rootPath}/drives/${drive}`
/** One for each operation on a drive: the path of a job says what it is, also after the service was started anew. */
export const jobPath = (operation: string, drive: string): string => `${rootPath}/jobs/${operation}_${drive}`

export const managerInterface: Interface = {
  name: `${busName}.Manager`,
  what: `The service itself, at \`${rootPath}\`, where \`org.freedesktop.DBus.ObjectManager\` lists drives and jobs.`,
  methods: [],
  properties: [
    { name: 'Version', type: 's', what: 'Version of pktw.', constant: true },
    {
      name: 'MountStyle',
      type: 's',
      what: 'Who mounts discs, as the setting `mount.style` says: `systemd`, `fstab`, `udisks` or `none`. Empty where pktw is not installed completely.',
      constant: true,
    },
  ],
  signals: [],
}

export const driveInterface: Interface = {
  name: `${busName}.Drive`,
  what: `An optical drive and the disc in it, at \`${drivePath('sr0')}\` and so on.`,
  methods: [
    {
      name: 'Map',
      in: [],
      out: [{ name: 'device', type: 's' }],
      what: 'Makes a writable block device for the disc. Returns it (`/dev/nbd0`) when it is there; what the settings have mounted may be mounted a moment later.',
      errors: ['cli.not-ready', 'cli.unit-failed', 'cli.not-installed'],
    },
    {
      name: 'Unmap',
      in: [],
      out: [],
      what: 'Unmounts the disc, writes everything to it and takes the block device away; the disc stays in the drive. Returns when that is done, which may take a quarter of an hour.',
      errors: ['cli.mount-busy', 'cli.disc-in-use', 'cli.still-mounted', 'cli.unit-failed'],
    },
    {
      name: 'Mount',
      in: [],
      out: [{ name: 'place', type: 's' }],
      what: 'Mounts the mapped disc where the settings say, or returns where it is mounted already. Where `MountStyle` is `udisks`, udisks has to be asked for it.',
      errors: [
        'cli.not-mapped',
        'cli.no-file-system',
        'cli.no-mount-point',
        'cli.mount-not-ours',
        'bus.mount-by-udisks',
        'cli.unit-failed',
        'cli.not-installed',
      ],
    },
    {
      name: 'Unmount',
      in: [],
      out: [],
      what: 'Unmounts the disc everywhere, whoever has mounted it; it stays mapped. With `mount.automount` it does not wait to be looked at any more, until it is mounted or put in again.',
      errors: ['cli.mount-busy', 'cli.still-mounted', 'cli.unit-failed'],
    },
    {
      name: 'Eject',
      in: [],
      out: [],
      what: 'Unmounts the disc, writes everything to it and opens the tray. A program that uses the disc is not ended: the tray stays shut. Returns when the tray is open, which may take a quarter of an hour.',
      errors: [
        'cli.disc-held',
        'cli.disc-in-use',
        'eject.not-on-disc',
        'eject.no-engine',
        'cli.unit-failed',
        'cli.not-installed',
      ],
    },
    {
      name: 'Prepare',
      in: [{ name: 'options', type: 'a{sv}' }],
      out: [{ name: 'job', type: 'o' }],
      what: 'Formats the disc and makes a file system, which may take an hour and more: returns at once, with a job. Options: `label` (`s`), the name of the disc; `erase` (`b`), what is on it may be lost. Without it the disc is prepared only if the drive itself says, or its blocks show, that nothing is on it; `full` (`b`), format also what has a format.',
      errors: [
        'bus.bad-option',
        'prepare.label',
        'prepare.running',
        'prepare.no-disc',
        'prepare.not-rewritable',
        'prepare.needs-erase',
        'prepare.mounted',
        'cli.unit-failed',
        'cli.not-installed',
      ],
    },
    {
      name: 'Cancel',
      in: [],
      out: [],
      what: 'Ends a preparation that runs. Nothing else is cancelled half-way.',
      errors: ['prepare.not-running', 'cli.unit-failed'],
    },
  ],
  properties: [
    { name: 'Device', type: 's', what: 'The drive: `/dev/sr0`.', constant: true },
    { name: 'Vendor', type: 's', what: 'As the drive tells it.', constant: true },
    { name: 'Model', type: 's', what: 'As the drive tells it.', constant: true },
    { name: 'Seat', type: 's', what: 'The seat that the drive belongs to: `seat0`.' },
    {
      name: 'State',
      type: 's',
      what: '`empty`: no disc. `unknown`: a disc that was not looked at, as none that pktw handles. `ready`: it can be mapped, or is. `blank`, `unformatted`, `sequential`, `damaged`: it has to be prepared first. `protected`, `mrw`, `unsupported`: it cannot be written in packets. `busy`, `timeout`, `error`: the drive did not answer.',
    },
    {
      name: 'Reason',
      type: 's',
      what: 'Why, as a code of [diagnostics.md](diagnostics.md); empty if there is none.',
    },
    { name: 'ReasonText', type: 's', what: 'The same as a sentence.' },
    { name: 'Remedy', type: 's', what: 'What to do about it.' },
    {
      name: 'Medium',
      type: 's',
      what: '`cd-rw`, `dvd-rw`, `dvd+rw`, `dvd-ram`, `bd-re`; empty for no disc and for others.',
    },
    { name: 'Label', type: 's', what: 'Name of the file system on the disc.' },
    { name: 'Capacity', type: 't', what: 'Bytes that can be written in packets; 0 when that is not known.' },
    {
      name: 'Backend',
      type: 's',
      what: 'What writes the disc: `engine`, `direct`, `pktcdvd`; empty while it is not mapped.',
    },
    { name: 'BlockDevice', type: 's', what: 'The mapped disc: `/dev/nbd0`; empty while it is not mapped.' },
    { name: 'MountPoints', type: 'as', what: 'Where the disc is mounted.' },
    {
      name: 'Clean',
      type: 's',
      what: '`yes`: everything that the kernel has handed over is on the medium. `no`: not yet. `unknown`: what writes the disc does not answer, or it is the kernel (`Backend`), which does not say; leave the disc in. Empty while it is not mapped.',
    },
    {
      name: 'DirtyBytes',
      type: 't',
      what: 'What is not on the medium yet; 2^64-1 while `Clean` is `unknown`, as systemd has it for numbers that it does not know.',
    },
    { name: 'WriteSpeed', type: 'u', what: 'kB/s that the drive was asked for; 0 when that is left to it.' },
    {
      name: 'PacketsWritten',
      type: 't',
      what: 'Wear: packets written to this disc, as far as this machine knows; 0 also while `Clean` is `unknown`.',
    },
    {
      name: 'MostRewritten',
      type: 't',
      what: 'Wear: how often the packet was written that was written most often; 0 also while `Clean` is `unknown`.',
    },
    {
      name: 'BadBlocks',
      type: 't',
      what: 'Blocks of 2048 bytes that could not be read or written; 0 also while `Clean` is `unknown`.',
    },
    {
      name: 'Losses',
      type: 'a(ttxss)',
      what: 'Data that was acknowledged and that the disc does not have, the newest last, at most 64: first block, blocks of 2048 bytes, µs since 1970, what the drive said, directory with a copy (empty if there is none). Those of earlier times too, until the disc is formatted anew. Empty also while `Clean` is `unknown`.',
    },
    {
      name: 'JournalLost',
      type: 's',
      what: 'Why no journal can be kept, so that every flush waits for the disc, and fails while what is left of the journal cannot be removed; empty where one is kept, or none is wanted.',
    },
    { name: 'LastError', type: 's', what: 'What the drive said last when it failed; empty if it never did.' },
    {
      name: 'Service',
      type: 's',
      what: "State of the disc's unit, as systemd has it: `active`, `inactive`, `failed`, `deactivating` …",
    },
    { name: 'Job', type: 'o', what: 'What is being done to the disc; `/` for nothing.' },
  ],
  signals: [],
}

export const jobInterface: Interface = {
  name: `${busName}.Job`,
  what: `Something that takes its time, at \`${jobPath('eject', 'sr0')}\` and so on, for as long as it does.`,
  methods: [],
  properties: [
    {
      name: 'Operation',
      type: 's',
      what: '`map`, `unmap`, `mount`, `unmount`, `eject` or `prepare`.',
      constant: true,
    },
    { name: 'Drive', type: 'o', what: 'The drive it is about.', constant: true },
    { name: 'StartedBy', type: 'u', what: 'Number of the user who asked for it.', constant: true },
    { name: 'StartTime', type: 't', what: 'µs since 1970.', constant: true },
    {
      name: 'Phase',
      type: 's',
      what: '`working`; for a preparation what it does now: `blanking`, `formatting`, `background`, `mapping`, `file-system`, `mounting`.',
    },
    { name: 'Progress', type: 'd', what: 'From 0 to 1, of the phase; -1 when it is not known.' },
    { name: 'BytesLeft', type: 't', what: 'What is still to be written; 2^64-1 when that is not known.' },
    { name: 'Rate', type: 't', what: 'Bytes a second, of late; 0 when it is not known.' },
    { name: 'ExpectedEnd', type: 't', what: 'µs since 1970, an estimate; 0 when there is none.' },
  ],
  signals: [
    {
      name: 'Finished',
      args: [
        { name: 'success', type: 'b' },
        { name: 'error', type: 's' },
        { name: 'message', type: 's' },
      ],
      what: 'It is over, and the object goes. `error` and `message` as the method has them that failed; both empty for a success.',
    },
  ],
}

export const ourInterfaces: readonly Interface[] = [managerInterface, driveInterface, jobInterface]
