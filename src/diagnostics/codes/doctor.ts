// Diagnostics of the area "doctor": what `pktw doctor` finds. The first command in backticks of a remedy is the remedy as a command.
import type { CatalogueRow } from '../catalogue.ts'

export const doctorCodes = {
  'doctor.no-drive': {
    severity: 'error',
    message: 'there is no optical drive',
    remedy: 'Look at cable and power; what the kernel found of it: `sudo dmesg | grep -i -e sr0 -e cd-rom`',
  },
  'doctor.no-sg': {
    severity: 'error',
    message: '{drive} has no SCSI generic device, through which pktw speaks to it',
    remedy: 'Load the module: `sudo modprobe sg`',
  },
  'doctor.polled-seldom': {
    severity: 'error',
    message:
      'the kernel asks {drive} {often} for its disc and its button: no disc that is put in is noticed in time, and the button does nothing',
    remedy: 'Have it ask every two seconds, as udev sets it: `{command}`',
  },
  'doctor.no-nbd': {
    severity: 'error',
    message: 'the kernel has no network block devices, through which a disc is mounted',
    remedy:
      'Load the module: `sudo modprobe nbd`. If it is not found, install a kernel that has it (Debian: linux-image-amd64, not a -cloud one).',
  },
  'doctor.no-udf': {
    severity: 'error',
    message: 'the kernel has no UDF file system',
    remedy: 'Load the module: `sudo modprobe udf`. If it is not found, install a kernel that has it.',
  },
  'doctor.pktcdvd-deadlocks': {
    severity: 'warning',
    message:
      'the kernel module pktcdvd of Linux {kernel} is loaded: whoever probes its devices hangs for ever',
    remedy: 'Take it out, and restart the machine if that hangs already: `sudo modprobe -r pktcdvd`',
  },
  'doctor.pktcdvd-not-a-directory': {
    severity: 'error',
    message:
      '/dev/pktcdvd is a {kind} where a directory belongs; pktsetup then says "ctl open: Not a directory"',
    remedy: 'Take it away: `sudo rm /dev/pktcdvd`',
  },
  'doctor.udftools-rule': {
    severity: 'warning',
    message: 'the udev rule of udftools runs pktsetup for every rewritable disc',
    remedy: 'Mask it: `sudo ln -s /dev/null /etc/udev/rules.d/80-pktsetup.rules`',
  },
  'doctor.old-fstab-line': {
    severity: 'warning',
    message: 'a line in /etc/fstab names {device}, as how-tos for pktsetup have it',
    remedy: 'Remove it; pktw mounts discs by itself: `sudo sed -i {line}d /etc/fstab`',
  },
  'doctor.autofs-map': {
    severity: 'warning',
    message:
      'autofs mounts {drive} itself ({device}) when somebody looks at {key}: its disc is then not taken up',
    remedy: 'Take the line out of its map: `sudo sed -i {line}d {file}`',
  },
  'doctor.not-allowed': {
    severity: 'warning',
    message: '{user} is neither in front of the machine nor in the group {group}, so may not use the drives',
    remedy: 'Let the user do so, from the next login on: `sudo usermod -aG {group} {user}`',
  },
  'doctor.drive-mounted': {
    severity: 'error',
    message: 'something mounted {drive} itself at {target}, and so pktw cannot take up its disc',
    remedy: 'Unmount it, then put the disc in again: `sudo umount {target}`',
  },
  'doctor.left-mapped': {
    severity: 'error',
    message: '{drive} is still held by pktw, though nothing serves its disc: the button does nothing',
    remedy: 'Have it let go: `sudo systemctl start pktw-lost@{drive}.service`',
  },
  'doctor.pktcdvd-mapped': {
    severity: 'error',
    message:
      '{drive} is mapped to {device} of pktcdvd: the tray may not open, and a later disc is cut short at the size of this one',
    remedy: 'Unmap it: `sudo pktsetup -d {number}`',
  },
  'doctor.size-of-another-disc': {
    severity: 'error',
    message:
      '{device} has another size than the disc in {drive}: the mapping is of a disc that was in before',
    remedy: 'Let it go, then take the disc up: `pktw unmap {drive}`, and `pktw map {drive}`.',
  },
  'doctor.not-formatted': {
    severity: 'warning',
    message: 'the disc in {drive} is not formatted for packets: {reason}',
    remedy: 'What to do depends on the disc. {next}',
  },
  'doctor.closed': {
    severity: 'info',
    message: 'the disc in {drive} cannot be written again: {reason}',
    remedy: 'Put in a CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE: `pktw eject {drive}`',
  },
  'doctor.write-protected': {
    severity: 'warning',
    message: 'the disc in {drive} is write-protected',
    remedy: 'Take it out and move the tab of the cartridge, or use another: `pktw eject {drive}`',
  },
  'doctor.data-lost': {
    severity: 'warning',
    message: 'the disc in {drive} does not have {lost} that programs have written to it',
    remedy:
      '`pktw status {drive}` says which blocks, and where a copy is. Read back what was written last (compare it with the originals), copy what matters to another disc, then prepare this one anew: pktw prepare {drive} --full --erase',
  },
  'doctor.journal-lost': {
    severity: 'warning',
    message: 'no journal is kept for the disc in {drive}: every flush waits for the disc, or fails',
    remedy:
      'See to /var/lib/pktw: `df -h /var/lib/pktw` says whether it is full or read-only. Then eject the disc and put it in again.',
  },
  'doctor.worn': {
    severity: 'warning',
    message: 'the disc in {drive} is worn',
    remedy: 'Copy its files to another disc: `cp -a {target} /some/where/else`',
  },
  'doctor.udf-too-new': {
    severity: 'warning',
    message: 'the disc in {drive} has UDF {version}; Linux writes UDF up to 2.01',
    remedy:
      'It can be read. To write it, copy its files elsewhere and make a new file system, which erases it: `sudo mkudffs --udfrev=2.01 /dev/pktw/{drive}`',
  },
  'doctor.missing-program': {
    severity: 'error',
    message: '{program} is not installed',
    remedy: 'Install it (Debian): `sudo apt install {package}`',
  },
  'doctor.no-systemd': {
    severity: 'warning',
    message: '{init} starts the services here, not systemd: discs are not mapped by themselves',
    remedy:
      'A DVD+RW, DVD-RAM or BD-RE can be mounted as it is: `sudo mount -t udf -o noatime /dev/sr0 /mnt`',
  },
  'doctor.not-installed': {
    severity: 'error',
    message: 'pktw is not installed on this system',
    remedy: 'Look what it would do, then do it: `sudo pktw install`',
  },
  'doctor.unfinished': {
    severity: 'error',
    message: 'the last pktw install or uninstall did not get to its end',
    remedy: 'Do it again: `sudo pktw install`',
  },
  'doctor.files-changed': {
    severity: 'warning',
    message: '{path} {detail}',
    remedy:
      'See what differs: `sudo pktw status --installed`. To have it as it was: sudo pktw install --overwrite.',
  },
  'doctor.out-of-step': {
    severity: 'warning',
    message: 'the settings and the installed files are out of step',
    remedy: 'Bring the files up to the settings: `sudo pktw install`',
  },
  'doctor.settings-broken': {
    severity: 'error',
    message: '/etc/pktw/pktw.yaml has a mistake: {why}',
    remedy: 'Mend it, and see whether it is: `pktw install --dry-run`',
  },
  'doctor.node-gone': {
    severity: 'error',
    message: 'rules and units call {node}, which is not there any more',
    remedy: 'Install again with the Node.js that is there: `sudo pktw install`',
  },
  'doctor.unit-failed': {
    severity: 'error',
    message: 'the service of the disc in {drive} failed',
    remedy: 'Its journal says why: `journalctl -u pktw@{drive} -n 30`',
  },
  'doctor.engine-silent': {
    severity: 'error',
    message:
      '{drive} is mapped, but its engine does not answer: whether everything is on the disc is not known',
    remedy:
      'Leave the disc in. Its journal says why: `journalctl -u pktw@{drive} -n 30`. To start it afresh: pktw unmap {drive}, then pktw map {drive}.',
  },
  'doctor.data-waiting': {
    severity: 'info',
    message: 'data of a disc that is not in waits in {path}',
    remedy: 'Put that disc in, and it is written: `pktw status`',
  },
} as const satisfies Record<string, CatalogueRow>
