// Diagnostics of the area "install". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const installCodes = {
  'install.not-root': {
    severity: 'error',
    message: 'only root can change this system',
    remedy: 'Run it with sudo, or look first with --dry-run, or give an image directory with --root.',
  },
  'install.not-readable': {
    severity: 'error',
    message: 'only root can look at {path}, so there is no plan',
    remedy: 'Run it with sudo.',
  },
  'install.no-root-directory': {
    severity: 'error',
    message: '{root} is not a directory that can be used as --root: {why}',
    remedy: 'Give the top directory of an unpacked system.',
  },
  'install.no-programs': {
    severity: 'error',
    message: '{file} is not beside the running program in {directory}',
    remedy: 'Build first (npm run build) and run dist/pktw.mjs.',
  },
  'install.no-node': {
    severity: 'error',
    message: 'no Node.js fit for rules and units: {why}',
    remedy:
      'Install Node.js {wanted} or newer for the whole system (Debian 13: apt install nodejs), or name one with --node.',
  },
  'install.missing-program': {
    severity: 'warning',
    message: '{program} is not installed; without it no disc can be taken up',
    remedy: 'Install the package {package} (Debian: apt install {package}).',
  },
  'install.node-not-in-root': {
    severity: 'warning',
    message: '{node} is not in {root} yet; without it no rule and no unit of pktw works there',
    remedy: 'Install Node.js {wanted} or newer into the image, or name its path there with --node.',
  },
  'install.config-unreadable': {
    severity: 'error',
    message: '{file} cannot be read: {why}',
    remedy: 'Give the path of a settings file with --config.',
  },
  'install.not-a-directory': {
    severity: 'error',
    message: '{path} is in the way: a directory is needed there, and it is none',
    remedy: 'Move it away, then install again.',
  },
  'install.not-a-file': {
    severity: 'error',
    message: '{path} is in the way: it is a {kind}, and a plain file of pktw belongs there',
    remedy: 'Move it away, then install again.',
  },
  'install.not-our-link': {
    severity: 'error',
    message: '{path} is in the way: a link to {target} belongs there',
    remedy: 'Move it away, then install again.',
  },
  'install.backup-exists': {
    severity: 'error',
    message: '{backup} is left from something else; {path} cannot be kept there before it is changed',
    remedy: 'Look what it is, and move it away.',
  },
  'install.replaces-file': {
    severity: 'warning',
    message: '{path} was there before; it is kept as {backup}, and uninstall puts it back',
  },
  'install.saves-changed-file': {
    severity: 'warning',
    message: '{path} was changed since pktw wrote it; your version is kept as {saved}',
    remedy: 'Put the change into /etc/pktw/pktw.yaml or a template override instead.',
  },
  'install.changed-file-stays': {
    severity: 'info',
    message: '{path} was changed since pktw wrote it, and stays as it is',
    remedy: 'To have the one of pktw instead: pktw install --overwrite, which keeps yours beside it.',
  },
  'install.new-beside': {
    severity: 'warning',
    message: '{path} was changed since pktw wrote it, and stays; the new version is {beside}',
    remedy: 'Look what differs: diff -u {path} {beside}. To take the new one: mv {beside} {path}',
  },
  'install.keeps-changed-file': {
    severity: 'warning',
    message: '{path} was changed since pktw wrote it, and is left in place',
    remedy: 'Remove it yourself when you do not need it: rm {path}',
  },
  'install.keeps-disc-data': {
    severity: 'warning',
    message: '{path} holds data that is not on its disc yet, and is left in place',
    remedy:
      'Install pktw again and put that disc in: the data is written then. To give it up instead: rm {path}',
  },
  'install.keeps-group': {
    severity: 'warning',
    message: 'the group {group}, which pktw install made, stays: {why}',
    remedy: 'If nothing needs it: sudo groupdel {group}',
  },
  'install.manifest-unreadable': {
    severity: 'error',
    message: '{path} is not a manifest that this version of pktw can read',
    remedy: 'Use the version of pktw that was installed, or restore the file from a backup.',
  },
  'install.manifest-newer': {
    severity: 'error',
    message: '{path} was written by a newer version of pktw than this one',
    remedy: 'Use that version, or a newer one; the installed one is /usr/bin/pktw.',
  },
  'install.mount-point-in-use': {
    severity: 'error',
    message: '{source} is mounted at {target}, where discs are to be mounted',
    remedy: 'Unmount it (umount {target}), or choose another mount point with --where.',
  },
  'install.mount-point-filled': {
    severity: 'warning',
    message: '{target} is not empty; what is in it cannot be seen while a disc is mounted there',
    remedy: 'Move it elsewhere, or choose another mount point with --where.',
  },
  'install.fstab-taken': {
    severity: 'error',
    message: 'the mount point {target} already has a line in fstab',
    remedy: 'Remove that line, or choose another mount point with --where.',
  },
  'install.fstab-not-a-file': {
    severity: 'error',
    message: '{path} is a {kind}, not a plain file, and is not edited',
    remedy: 'Use --mount systemd, which needs no fstab.',
  },
  'install.fstab-line-stays': {
    severity: 'warning',
    message: '{path} is a {kind} now, not a plain file, and is not edited: it keeps the line of pktw',
    remedy: 'Delete this line where it leads to: {line}',
  },
  'install.keeps-fstab-line': {
    severity: 'warning',
    message: '{path} keeps a line of pktw that was changed: {entry}',
    remedy: 'pktw would write: {line} (pktw install --overwrite does).',
  },
  'install.fstab-edited-stays': {
    severity: 'warning',
    message: '{path} keeps a line of pktw that was changed: {line}',
    remedy: 'Delete it if you do not need it.',
  },
  'install.masks-udftools': {
    severity: 'info',
    message:
      "{rules} of udftools is masked by {mask}: it runs pktsetup for every disc, which fails without the kernel's pktcdvd and corrupts discs with it",
  },
  'install.udftools-not-masked': {
    severity: 'warning',
    message: '{mask} is there already and not ours, so the pktsetup rule of udftools is left as it is',
    remedy: 'Make sure that it does not run pktsetup for discs that pktw takes.',
  },
  'install.no-systemd': {
    severity: 'warning',
    message:
      '{init} starts the services here, not systemd, and discs are mapped and mounted by units of systemd. What works: udev tells what each disc is (pktw status, pktw doctor); desktops are kept from mounting read-write what would lose its data; DVD+RW, DVD-RAM and BD-RE can be mounted from the drive itself. What does not: CD-RW and DVD-RW are not written, pktw map, mount and eject do nothing. So only rules, modules and programs are installed',
    remedy:
      'For such a disc: mount -t udf -o noatime /dev/sr0 /mnt. For all of it, use a system with systemd.',
  },
  'install.usr-read-only': {
    severity: 'warning',
    message:
      '/usr is read-only, so the programs go to {libdir}; the command is {command}. Actions of polkit go below /etc, where polkit reads them from version 126 on',
    remedy: 'If /usr is read-only by mistake: mount -o remount,rw /usr, then install again.',
  },
  'install.module': {
    severity: 'warning',
    message: 'the kernel module {module} could not be loaded: {why}',
    remedy:
      'Use a kernel package that has it (Debian: linux-image-amd64, not a -cloud one), and reboot if the kernel was updated.',
  },
  'install.not-reloaded': {
    severity: 'warning',
    message: 'systemd still has the units of before',
    remedy: 'Run systemctl daemon-reload.',
  },
  'install.program-failed': {
    severity: 'warning',
    message: '"{command}" failed: {why}',
    remedy: 'Run it yourself when the cause is mended, or reboot.',
  },
  'install.step-failed': {
    severity: 'error',
    message: 'failed at "{step}": {why}',
    remedy: 'Mend the cause, then give the same command again.',
  },
  'install.no-space': {
    severity: 'error',
    message: 'no space is left at "{step}"',
    remedy: 'Make room: df and df --inodes say which file system is full. Then give the same command again.',
  },
  'install.read-only': {
    severity: 'error',
    message: 'a read-only file system at "{step}"',
    remedy:
      'If it is read-only by mistake, mount it read-write (mount -o remount,rw) and give the same command again. If it always is, this file cannot be there.',
  },
  'install.immutable': {
    severity: 'error',
    message: 'the kernel lets nobody change it at "{step}": {why}',
    remedy:
      'It may be immutable: lsattr shows an i. Then chattr -i, give the same command again, and chattr +i.',
  },
  'install.mounted-over': {
    severity: 'error',
    message: 'something is mounted in the place of the file at "{step}"',
    remedy: 'findmnt names it. A container has to be changed in its image; or use --root on that.',
  },
  'install.path-refused': {
    severity: 'error',
    message: 'nothing is done at {why}',
    remedy:
      'The change would be made elsewhere, or another user could see to that. Correct the link, the owner or the mode of what is named.',
  },
  'install.interrupted': {
    severity: 'error',
    message: 'interrupted at "{step}"',
    remedy: 'Give the same command again to go through with it.',
  },
  'install.undone': {
    severity: 'info',
    message: 'everything that was done before is undone',
  },
  'install.undo-failed': {
    severity: 'error',
    message: 'could not undo "{step}": {why}',
    remedy:
      'Give the same command again once the cause is mended, or pktw uninstall: what was begun is written down.',
  },
  'install.locked': {
    severity: 'error',
    message: '{holder} is changing the same system',
    remedy: 'Wait until it is done, then give the command again.',
  },
  'install.no-lock': {
    severity: 'warning',
    message: 'flock is not installed, so nothing keeps another installation from running at the same time',
    remedy: 'Install the package util-linux, and do not run two at once.',
  },
  'install.drive-read-only': {
    severity: 'warning',
    message:
      '/dev/{drive} stays read-only as a block device: there is no disc in it by which that could be changed',
    remedy:
      'It is writable again once it is plugged in anew or the machine is restarted; with a disc in it: blockdev --setrw /dev/{drive}',
  },
  'install.disc-in-use': {
    severity: 'error',
    message: '{command} (process {pid}) uses the disc at {target}: {file}',
    remedy: 'Close it, then try again.',
  },
} as const satisfies Record<string, CatalogueRow>
