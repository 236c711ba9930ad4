// The one schema of pktw.yaml: the parser, the JSON Schema for editors and docs/settings.md come from it.
import { z } from 'zod'
import { backendsOf } from './backends.ts'
import {
  type Complaint,
  isGroupName,
  isMatchText,
  modeComplaints,
  optionsComplaints,
  whereComplaints,
} from './checks.ts'
import { defaults } from './defaults.ts'
import { type Backend, type Durability, type Medium, mediaNames, type Speed } from './settings.ts'

/** A zod check that reports complaints with their codes; parse.ts finds them in the issue's `params`. */
const check =
  <T>(complaints: (value: T) => Complaint[]) =>
  (context: z.core.ParsePayload<T>): void => {
    for (const { code, params, index } of complaints(context.value))
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: index === undefined ? [] : [index],
        message: code,
        params: { code, params },
        continue: true,
      })
  }

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
  group: group
    .default(defaults.device.group)
    .describe('Group of the packet device, and of the files for owner "group".'),
  mode: z
    .string()
    .check(check(modeComplaints))
    .default('0660')
    // parse.ts hands over what stands in the text; an editor sees the number that YAML makes of it.
    .meta({ type: ['string', 'integer'], description: 'Permissions of the packet device, octal: 0660.' }),
})

const id = z.int().min(0).max(4294967294)

const owner = z.union([z.enum(['seat', 'group', 'everyone']), z.strictObject({ uid: id, gid: id })])

const mount = z.strictObject({
  style: z
    .enum(['systemd', 'fstab', 'udisks', 'none'])
    .default(defaults.mount.style)
    .describe(
      'Who mounts the disc: a unit of ours, a line in /etc/fstab, the desktop through udisks, or nobody.',
    ),
  where: z
    .string()
    .check(check(whereComplaints))
    .default(defaults.mount.where)
    .describe('Mount point of the first drive; the next has 1 appended.'),
  options: z
    .array(z.string())
    .check(check(optionsComplaints))
    .default(defaults.mount.options)
    .describe('Mount options; noatime must be among them.'),
  owner: owner
    .default(defaults.mount.owner)
    .describe(
      'Whose the files are: "seat" (the user in front of the machine), "group", "everyone", or { uid, gid }.',
    ),
  slots: z
    .int()
    .min(1)
    .max(8)
    .default(defaults.mount.slots)
    .describe('How many drives may be mounted at once.'),
})

const durability = z.enum(['journal', 'medium'])
const speed = z.union([z.literal('max'), z.number().min(0.5).max(100)])

const write = z.strictObject({
  flush: media(
    (medium): z.ZodDefault<z.ZodType<Durability>> => durability.default(defaults.write.flush[medium]),
  )
    .prefault({})
    .describe(
      'What fsync waits for: "journal", a copy on the machine\'s own disk, or "medium", the disc itself.',
    ),
  journal: z
    .boolean()
    .default(defaults.write.journal)
    .describe(
      'Keep what is on its way to the disc in /var/lib/pktw as well; without it, in memory, and flush is "medium".',
    ),
  after: z
    .number()
    .min(1)
    .max(600)
    .default(defaults.write.after)
    .describe('Seconds after the last write until everything is on the disc.'),
  memory: z
    .int()
    .min(2)
    .max(64)
    .default(defaults.write.memory)
    .describe('MiB of packets that may wait for being written.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(defaults.write.retries)
    .describe('How often a read or write that failed on the medium is repeated.'),
  speed: media((medium): z.ZodDefault<z.ZodType<Speed>> => speed.default(defaults.write.speed[medium]))
    .prefault({})
    .describe('Writing speed: "max", the drive\'s best for the medium, or a multiple of 1x, as 4.'),
})

const matchText = z
  .string()
  .check(check((text) => (isMatchText(text) ? [] : [{ code: 'settings.bad-match', params: { text } }])))

const drive = z.strictObject({
  match: z
    .strictObject({
      vendor: matchText.exactOptional().describe("udev's ID_VENDOR; *, ? and [] stand for others."),
      model: matchText.exactOptional().describe("udev's ID_MODEL; *, ? and [] stand for others."),
      serial: matchText.exactOptional().describe("udev's ID_SERIAL_SHORT, exactly."),
    })
    .check(
      check((match) =>
        Object.keys(match).length > 0 ? [] : [{ code: 'settings.match-nothing', params: {} }],
      ),
    ),
  ignore: z.boolean().default(false).describe('Leave this drive alone.'),
  media: media((medium) => backend(medium).exactOptional())
    .prefault({})
    .describe('Backends that differ for this drive.'),
})

/** What stands in pktw.yaml. Every key may be left out. */
export const settingsSchema = z.strictObject({
  device: device.prefault({}).describe('The device node of a mapped disc.'),
  mount: mount.prefault({}).describe('Where and how a disc is mounted.'),
  media: media((medium): z.ZodDefault<z.ZodType<Backend>> => backend(medium).default(defaults.media[medium]))
    .prefault({})
    .describe(
      'Who writes each medium: "engine", "direct" (the kernel, on the drive itself), "pktcdvd", or "none" to leave it as it is without pktw.',
    ),
  write: write.prefault({}).describe('How the engine writes.'),
  drives: z
    .array(drive)
    .default(defaults.drives)
    .describe('Drives that are to be treated differently; the first match counts.'),
})

/** JSON Schema (draft 2020-12) of pktw.yaml, for editors. */
export const settingsJsonSchema = (): object => z.toJSONSchema(settingsSchema, { io: 'input' })

/** The keys that a mapping at this path may have; none for what is not a mapping. For suggestions. */
export function knownKeys(path: readonly (string | number)[]): string[] {
  const shapes: Record<string, object> = {
    '': settingsSchema.shape,
    device: device.shape,
    mount: mount.shape,
    media: Object.fromEntries(mediaNames.map((m) => [m, m])),
    write: write.shape,
    'write.flush': Object.fromEntries(mediaNames.map((m) => [m, m])),
    'write.speed': Object.fromEntries(mediaNames.map((m) => [m, m])),
    drives: drive.shape,
    'drives.match': { vendor: 0, model: 0, serial: 0 },
    'drives.media': Object.fromEntries(mediaNames.map((m) => [m, m])),
  }
  return Object.keys(shapes[path.filter((step) => typeof step === 'string').join('.')] ?? {})
}
