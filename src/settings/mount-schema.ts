// The keys below `mount` of pktw.yaml.
import { z } from 'zod'
import { check } from './checked.ts'
import { mountComplaints, optionsComplaints, whereComplaints } from './checks.ts'
import { defaults } from './defaults.ts'
import { said } from './said.ts'

const id = z.int().min(0).max(4294967294)

const owner = z.union([z.enum(['seat', 'group', 'everyone']), z.strictObject({ uid: id, gid: id })])

export const mountKeys = z.strictObject({
  style: z
    .enum(['systemd', 'fstab', 'udisks', 'none'])
    .default(defaults.mount.style)
    .meta(
      said(
        'Who mounts the disc: a unit of ours, a line in /etc/fstab, the desktop through udisks, or nobody.',
        {
          example: 'fstab',
          why: 'A unit needs no desktop. A line in fstab also lets mount(8) know the mount point. Desktops show a disc better that they mounted themselves.',
        },
      ),
    ),
  where: z
    .string()
    .check(check(whereComplaints))
    .default(defaults.mount.where)
    .meta(
      said('Mount point of the first drive; the next has 1 appended.', {
        unit: 'absolute path',
        example: '/srv/disc',
        why: 'A fixed place, so that scripts and bookmarks find the disc.',
      }),
    ),
  options: z
    .array(z.string())
    .check(check(optionsComplaints))
    .default(defaults.mount.options)
    .meta(
      said('Mount options; noatime must be among them.', {
        example: ['rw', 'noatime', 'nosuid', 'nodev', 'noexec'],
        why: 'Without noatime every read would write to the disc, which wears out. A disc may come from anywhere, hence nosuid and nodev.',
      }),
    ),
  owner: owner.default(defaults.mount.owner).meta(
    said(
      'Whose the files are: "seat" (the user in front of the machine), "group", "everyone", or { uid, gid }.',
      {
        example: { uid: 1000, gid: 1000 },
        why: 'UDF keeps the numbers of the machine that wrote a file, which mean nobody here.',
      },
    ),
  ),
  eject: z
    .boolean()
    .default(defaults.mount.eject)
    .meta(
      said('Whether a disc that the desktop unmounts is ejected.', {
        example: false,
        why: 'The packet device has no tray that a desktop could open, so its eject button only unmounts. Discs mounted by a unit of ours, or unmounted by pktw umount, stay in.',
      }),
    ),
  slots: z
    .int()
    .min(1)
    .max(8)
    .default(defaults.mount.slots)
    .meta(
      said('How many drives may be mounted at once.', {
        unit: 'drives',
        example: 3,
        why: 'Each has a mount point and a mount unit or fstab line of its own, which have to be there before.',
      }),
    ),
  automount: z
    .union([z.literal(false), z.int().min(0).max(86400)])
    .default(defaults.mount.automount)
    .meta(
      said(
        'Mount when somebody looks at the mount point, and unmount after so long without use, 0 for never; false mounts at insertion. For styles systemd and fstab.',
        {
          unit: 's',
          example: 60,
          why: 'A disc that is not mounted has its file system closed: it can be pulled or lose power without harm.',
        },
      ),
    ),
})

export const mount = mountKeys.check(check(mountComplaints))
