// The one schema of pktw.yaml: the parser, the JSON Schema for editors, docs/settings.md and pktw.yaml(5) come from it.
import { z } from 'zod'
import { backendsOf } from './backends.ts'
import { check } from './checked.ts'
import { isGroupName, isMatchText, modeComplaints, short } from './checks.ts'
import { defaults } from './defaults.ts'
import { mount, mountKeys } from './mount-schema.ts'
import { said } from './said.ts'
import { type Backend, type Durability, type Medium, mediaNames, type Speed } from './settings.ts'

const media = <T extends z.ZodType>(value: (medium: Medium) => T) =>
  z.strictObject(Object.fromEntries(mediaNames.map((m) => [m, value(m)])) as Record<Medium, T>)

/** What a medium may be set to; issues.ts says why not for the others. */
const backend = (medium: Medium): z.ZodType<Backend> => z.enum(backendsOf(medium))

const group = z
  .string()
  .check(
    check((name) => (isGroupName(name) ? [] : [{ code: 'settings.bad-group', params: { group: name } }])),
  )

const device = z.strictObject({
  group: group.default(defaults.device.group).meta(
    said('Group of the packet device, and of the files for owner "group".', {
      example: 'optical',
      why: 'Programs that format or check a disc open the device itself. The user in front of the machine is let in by udev besides.',
    }),
  ),
  mode: z
    .string()
    .check(check(modeComplaints))
    .default('0660')
    .meta({
      // parse.ts hands over what stands in the text; an editor sees the number that YAML makes of it.
      type: ['string', 'integer'],
      ...said('Permissions of the packet device.', {
        unit: 'octal',
        example: '0660',
        why: 'Who can write the device can write any file on the disc, whoever owns it.',
      }),
    }),
})

const durability = z.enum(['journal', 'medium'])
const speed = z.union([z.literal('max'), z.number().min(0.5).max(100)])

const write = z.strictObject({
  flush: media(
    (medium): z.ZodDefault<z.ZodType<Durability>> => durability.default(defaults.write.flush[medium]),
  )
    .prefault({})
    .meta(
      said(
        'What fsync waits for: "journal", a copy on the machine\'s own disk, or "medium", the disc itself.',
        {
          example: { 'cd-rw': 'medium' },
          why: 'A program that calls fsync for every line rewrites the same packet each time; CD-RW, DVD±RW and many BD-RE discs last some 1,000 rewrites, DVD-RAM 100,000.',
        },
      ),
    ),
  journal: z
    .boolean()
    .default(defaults.write.journal)
    .meta(
      said(
        'Keep what is on its way to the disc in /var/lib/pktw as well; without it, in memory, and flush is "medium".',
        {
          example: false,
          why: 'After a power cut a torn packet is mended from it; without it up to 31 blocks next to those being written may be lost.',
        },
      ),
    ),
  after: z
    .number()
    .min(1)
    .max(600)
    .default(defaults.write.after)
    .meta(
      said('How long after the last write everything is on the disc.', {
        unit: 's',
        example: 5,
        why: 'Long enough for neighbours to come, so that a packet is written once; short enough that a disc is soon at rest.',
      }),
    ),
  memory: z
    .int()
    .min(2)
    .max(64)
    .default(defaults.write.memory)
    .meta(
      said('Packets that may wait for being written.', {
        unit: 'MiB',
        example: 48,
        why: 'More gathers more writes into one packet, and takes longer to write when the disc is to come out.',
      }),
    ),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(defaults.write.retries)
    .meta(
      said('How often a read or write that failed on the medium is repeated.', {
        unit: 'times',
        example: 0,
        why: 'Dust and worn spots often answer the second time; each repeat may take the drive half a minute.',
      }),
    ),
  speed: media((medium): z.ZodDefault<z.ZodType<Speed>> => speed.default(defaults.write.speed[medium]))
    .prefault({})
    .meta(
      said('Writing speed: "max", the drive\'s best for the medium, or a multiple of 1x, as 4.', {
        unit: '× of the medium',
        example: { 'cd-rw': 4 },
        why: 'Slower is quieter, and some discs come out better. Never above what the drive lists for the disc.',
      }),
    ),
})

const access = z.strictObject({
  admins: z
    .string()
    .check(
      check((name) =>
        name === '' || isGroupName(name) ? [] : [{ code: 'settings.bad-group', params: { group: name } }],
      ),
    )
    .default(defaults.access.admins)
    .meta(
      said('Group that may do everything to discs without a password, from wherever; empty for none.', {
        example: 'disc-admins',
        why: "Whoever looks after the machine over the network has no seat, and would be asked for an administrator's password each time.",
      }),
    ),
})

const matchText = z
  .string()
  .check(
    check((text) =>
      isMatchText(text) ? [] : [{ code: 'settings.bad-match', params: { text: short(text) } }],
    ),
  )

const drive = z.strictObject({
  match: z
    .strictObject({
      vendor: matchText.exactOptional().meta(
        said("udev's ID_VENDOR; *, ? and [] stand for others.", {
          example: 'HL-DT-ST',
          why: 'Which drive is meant, as udevadm info /dev/sr0 shows it. All that are given must hold.',
        }),
      ),
      model: matchText.exactOptional().meta(
        said("udev's ID_MODEL; *, ? and [] stand for others.", {
          example: 'DVDRAM*',
          why: 'A fault is most often one of a model.',
        }),
      ),
      serial: matchText.exactOptional().meta(
        said("udev's ID_SERIAL_SHORT, exactly.", {
          example: 'KZ8E3SG0123',
          why: 'Two drives of one model can be treated differently.',
        }),
      ),
    })
    .check(
      check((match) =>
        Object.keys(match).length > 0 ? [] : [{ code: 'settings.match-nothing', params: {} }],
      ),
    ),
  ignore: z
    .boolean()
    .default(false)
    .meta(
      said('Leave this drive alone.', {
        example: true,
        why: 'Its discs are treated as they would be without pktw.',
      }),
    ),
  media: media((medium) => backend(medium).exactOptional())
    .prefault({})
    .meta(
      said('Backends that differ for this drive.', {
        example: { 'cd-rw': 'none' },
        why: 'A drive may be bad with one medium only.',
      }),
    ),
})

/** What stands in pktw.yaml. Every key may be left out. */
export const settingsSchema = z.strictObject({
  device: device.prefault({}).describe('The device node of a mapped disc.'),
  mount: mount.prefault({}).describe('Where and how a disc is mounted.'),
  media: media((medium): z.ZodDefault<z.ZodType<Backend>> => backend(medium).default(defaults.media[medium]))
    .prefault({})
    .meta(
      said(
        'Who writes each medium: "engine", "direct" (the kernel, on the drive itself), "pktcdvd", or "none" to leave it as it is without pktw.',
        {
          example: { 'dvd-ram': 'direct', 'cd-rw': 'none' },
          why: 'The engine works on any kernel, gathers writes and keeps a journal. The others are for drives that do better by themselves, and for discs that are to be left alone.',
        },
      ),
    ),
  write: write.prefault({}).describe('How the engine writes.'),
  access: access
    .prefault({})
    .describe('Who may do what without a password, besides those in front of the machine.'),
  drives: z
    .array(drive)
    .default(defaults.drives)
    .meta(
      said('Drives that are to be treated differently; the first match counts.', {
        example: [{ match: { vendor: 'HL-DT-ST', model: 'DVDRAM*' }, ignore: true }],
        why: 'Firmware differs, and so do its faults.',
      }),
    ),
})

/** The keys that a mapping at this path may have; none for what is not a mapping. For suggestions. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  const shapes: Record<string, object> = {
    '': settingsSchema.shape,
    device: device.shape,
    mount: mountKeys.shape,
    media: Object.fromEntries(mediaNames.map((m) => [m, m])),
    write: write.shape,
    access: access.shape,
    'write.flush': Object.fromEntries(mediaNames.map((m) => [m, m])),
    'write.speed': Object.fromEntries(mediaNames.map((m) => [m, m])),
    drives: drive.shape,
    'drives.match': { vendor: 0, model: 0, serial: 0 },
    'drives.media': Object.fromEntries(mediaNames.map((m) => [m, m])),
  }
  return Object.keys(shapes[path.filter((step) => typeof step === 'string').join('.')] ?? {})
}
