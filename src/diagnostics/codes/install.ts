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
  'install.manifest-unreadable': {
    severity: 'error',
    message: '{path} is not a manifest that this version of pktw can read',
    remedy: 'Use the version of pktw that was installed, or restore the file from a backup.',
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
      'systemd does not run this machine; the files are installed, but discs are taken up by systemd units',
    remedy: 'Boot with systemd, or use a machine that does.',
  },
  'install.module': {
    severity: 'warning',
    message: 'the kernel module {module} could not be loaded: {why}',
    remedy:
      'Use a kernel package that has it (Debian: linux-image-amd64, not a -cloud one), and reboot if the kernel was updated.',
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
    remedy: 'Run pktw uninstall once the cause is mended.',
  },
  'install.disc-in-use': {
    severity: 'error',
    message: '{command} (process {pid}) uses the disc at {target}: {file}',
    remedy: 'Close it, then try again.',
  },
  'install.verify-failed': {
    severity: 'error',
    message: 'after everything was done, this still differs: {step}',
    remedy: 'Something else changes the same files; run pktw install again.',
  },
} as const satisfies Record<string, CatalogueRow>
