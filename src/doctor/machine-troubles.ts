// Troubles of the machine: kernel, programs, what was installed, what other programs left.
import type { Fix, Trouble } from './trouble.ts'

/** From 5.11 to 6.16 pktcdvd's ioctl calls itself under its own lock. */
function deadlocks(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((n) => Number.parseInt(n, 10))
  const number = major * 1000 + minor
  return number >= 5011 && number < 6017
}

export const machineTroubles: Trouble[] = [
  {
    code: 'doctor.no-systemd',
    about: 'Discs are taken up by units of systemd. With OpenRC or runit udev still tells what a disc is.',
    evidence: '/run/systemd/system is not there',
    look: ({ init }) =>
      init === 'systemd' ? [] : [{ evidence: '/run/systemd/system is not there', params: { init } }],
  },
  {
    code: 'doctor.not-installed',
    about: 'Neither pktw install nor a package has put rules and units on this system.',
    evidence: 'no manifest, and no 61-pktw.rules',
    look: ({ installed }) =>
      installed.by === 'no'
        ? [{ evidence: 'no /var/lib/pktw/manifest.json and no 61-pktw.rules in the directories of udev' }]
        : [],
  },
  {
    code: 'doctor.unfinished',
    about:
      'A run was killed, or the power went. What it had begun is written down; the next run goes on from there.',
    evidence: 'the manifest says that a run is under way; files at temporary names',
    look: ({ installed }) =>
      installed.unfinished || installed.leftovers.length > 0
        ? [
            {
              evidence:
                installed.leftovers.join(', ') || 'the manifest says that a run is under way, and none is',
            },
          ]
        : [],
  },
  {
    code: 'doctor.settings-broken',
    about:
      'What was installed goes on as it was; a change of the settings has no effect before they are right.',
    evidence: 'what the parser of the settings says, with its place',
    look: ({ installed: { settingsProblem: why } }) =>
      why === undefined ? [] : [{ evidence: why, params: { why } }],
  },
  {
    code: 'doctor.out-of-step',
    about:
      'The settings were changed, or programs were updated, and pktw install was not run since: rules and units go by what was installed.',
    evidence: 'files that pktw install would change',
    look: ({ installed }) =>
      installed.outOfStep.length > 0 ? [{ evidence: installed.outOfStep.join(', ') }] : [],
  },
  {
    code: 'doctor.files-changed',
    about: 'Somebody edited or removed what pktw installed.',
    evidence: 'the file and how it differs from the manifest',
    look: ({ installed }) =>
      installed.differences.map(({ path, detail }) => ({
        evidence: `${path} ${detail} (/var/lib/pktw/manifest.json)`,
        params: { path, detail },
      })),
  },
  {
    code: 'doctor.node-gone',
    about:
      'Node.js was removed, or moved by a version manager, after pktw was installed: no disc is looked at any more.',
    evidence: 'the path in 61-pktw.rules',
    look: ({ installed: { goneNode: node } }) =>
      node === undefined ? [] : [{ evidence: `${node} in 61-pktw.rules`, params: { node } }],
  },
  {
    code: 'doctor.missing-program',
    about: 'Without nbd-client no disc is attached; without the others units and rules do not work.',
    evidence: 'it is in none of the directories of programs',
    look: (facts) =>
      facts.missingPrograms.map((params) => ({
        evidence: `no ${params.program} in /usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin`,
        params,
      })),
  },
  {
    code: 'doctor.no-nbd',
    about: 'Kernels for clouds and containers leave it out.',
    evidence: '/sys/module/nbd',
    fix: 'loads the module',
    look: ({ missingModules, kernel }) =>
      missingModules.includes('nbd')
        ? [
            {
              evidence: `/sys/module/nbd is not there, Linux ${kernel}`,
              fix: [{ do: 'run', program: 'modprobe', argv: ['--', 'nbd'] }],
            },
          ]
        : [],
  },
  {
    code: 'doctor.no-udf',
    about: 'Discs for packet writing carry UDF.',
    evidence: 'udf is not in /proc/filesystems, and modprobe does not find it',
    look: ({ missingModules, kernel }) =>
      missingModules.includes('udf')
        ? [{ evidence: `no udf in /proc/filesystems, and no such module for Linux ${kernel}` }]
        : [],
  },
  {
    code: 'doctor.pktcdvd-deadlocks',
    about:
      'From 5.11 to 6.16 a device of pktcdvd that blkid or udev asks takes the whole driver with it, and pktsetup after that. Gone since 6.17.',
    evidence: '/sys/class/pktcdvd, and the version of the kernel',
    fix: 'takes the module out, if no drive is mapped with it',
    look: ({ pktcdvd, kernel }) =>
      pktcdvd.loaded && deadlocks(kernel)
        ? [
            {
              evidence: `/sys/class/pktcdvd is there, Linux ${kernel}`,
              params: { kernel },
              ...(pktcdvd.mappings.length === 0
                ? { fix: [{ do: 'run', program: 'modprobe', argv: ['-r', 'pktcdvd'] }] satisfies Fix[] }
                : {}),
            },
          ]
        : [],
  },
  {
    code: 'doctor.pktcdvd-not-a-directory',
    about:
      'Old how-tos make it with mknod, and udev rules of 2005 with NAME=. The links to packet devices, and the control node of pktcdvd, belong below it.',
    evidence: 'what /dev/pktcdvd is',
    fix: 'removes it',
    look: ({ pktcdvd: { wrongKind: kind } }) =>
      kind === undefined
        ? []
        : [
            {
              evidence: `/dev/pktcdvd is a ${kind}`,
              params: { kind },
              fix: [{ do: 'remove', path: '/dev/pktcdvd' }],
            },
          ],
  },
  {
    code: 'doctor.udftools-rule',
    about:
      'It fails without pktcdvd, for every disc; with it, the disc belongs to a driver that hangs or writes to the wrong place.',
    evidence: 'the rule, and no mask in /etc/udev/rules.d',
    fix: 'masks the rule, and has udev read its rules again',
    look: ({ udftoolsRule: rule }) =>
      rule === undefined
        ? []
        : [
            {
              evidence: `${rule}, and nothing in its place in /etc/udev/rules.d`,
              fix: [
                { do: 'link', path: '/etc/udev/rules.d/80-pktsetup.rules', target: '/dev/null' },
                { do: 'run', program: 'udevadm', argv: ['control', '--reload'] },
              ],
            },
          ],
  },
  {
    code: 'doctor.old-fstab-line',
    about:
      'No such device exists any more; mount -a complains, and the boot waits for it where the line has no noauto.',
    evidence: 'the line in /etc/fstab',
    look: ({ oldFstabLines }) =>
      oldFstabLines.map(({ line, device }) => ({
        evidence: `/etc/fstab:${line}: ${device}`,
        params: { line, device },
      })),
  },
  {
    code: 'doctor.autofs-map',
    about:
      'Fedora and others have an example in /etc/auto.misc. autofs asks neither udisks nor udev: it mounts the drive whenever the path is looked at, a file manager does that by itself, and while it is mounted nothing can be written.',
    evidence: 'the line in /etc/auto.*, /etc/autofs/ or /etc/auto.master.d/, and autofs installed',
    look: ({ autofsMaps }) =>
      autofsMaps.map(({ file, line, key, device, drive }) => ({
        evidence: `${file}:${line}: ${key} on ${device}`,
        params: { file, line, key, device, drive },
      })),
  },
  {
    code: 'doctor.not-allowed',
    about:
      'Over ssh, or as a user of services, the drives are the group’s. In front of the machine the seat is enough.',
    evidence: 'the groups of the user, the sessions of the seats that the drives stand at',
    look: ({ user, driveGroup: group }) =>
      user === undefined || group === undefined || user.atSeat || user.groups.includes(group)
        ? []
        : [
            {
              evidence: `${user.name} is in ${user.groups.join(', ') || 'no group'}, and has no active session on ${user.seats.join(', ')}`,
              params: { user: user.name, group },
            },
          ],
  },
  {
    code: 'doctor.data-waiting',
    about:
      'The power went, or the disc was pulled out, before everything was on it. Nothing is lost while the directory is there.',
    evidence: 'a directory below /var/lib/pktw/discs/journal',
    look: ({ waiting }) => waiting.map((path) => ({ evidence: path, params: { path } })),
  },
  {
    code: 'doctor.no-drive',
    about: 'Unplugged, without power, or of a kind that the kernel has no driver for.',
    evidence: 'no sr* in /sys/class/block',
    look: ({ drives }) => (drives.length === 0 ? [{ evidence: 'no sr* in /sys/class/block' }] : []),
  },
]
