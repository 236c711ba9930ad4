// Diagnostics of the area "prepare": formatting a disc and making its file system. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const prepareCodes = {
  'prepare.no-disc': {
    severity: 'error',
    message: 'There is no disc in {drive}, or one that the drive does not know.',
    remedy: 'Put a CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE in, then: pktw prepare {drive}',
  },
  'prepare.busy': {
    severity: 'error',
    message: 'The drive {drive} is busy with its disc, and does not say what it does.',
    remedy: 'Wait until its light goes out, then: pktw prepare {drive}',
  },
  'prepare.write-once': {
    severity: 'error',
    message: 'The disc in {drive} can be written once; whether it is closed or not, it cannot be erased.',
    remedy:
      'Use a burning program for it, or put a rewritable disc in: CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE.',
  },
  'prepare.not-rewritable': {
    severity: 'error',
    message:
      'The disc in {drive} is none that can be prepared: pressed, or of a kind that pktw does not write.',
    remedy: 'Put a CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE in (of one layer, but for BD-RE).',
  },
  'prepare.mount-rainier': {
    severity: 'error',
    message: 'The disc in {drive} has a Mount Rainier format, which is left as it is.',
    remedy:
      'It is used as a disk in a drive that writes MRW. To do away with the format, erase the disc with a burning program (`xorriso -outdev /dev/{drive} -blank all`), then: pktw prepare {drive}',
  },
  'prepare.write-protected': {
    severity: 'error',
    message: 'The disc in {drive} is write-protected.',
    remedy:
      'Move the tab of the cartridge, or take the protection off in the program that set it; then load it again.',
  },
  'prepare.no-format': {
    severity: 'error',
    message:
      'The drive {drive} offers no format for this disc that packets can be written to, or none of a possible size.',
    remedy:
      'Load the disc again. If it stays so, this drive only reads such discs or does not know this one: prepare it in another drive.',
  },
  'prepare.needs-erase': {
    severity: 'error',
    message: 'Everything on the disc in {drive} would be lost: {what}.',
    remedy: 'To agree without being asked: pktw prepare {drive} --erase',
  },
  'prepare.mounted': {
    severity: 'error',
    message: 'The disc in {drive} is mounted at {target}.',
    remedy: 'Unmount it first: pktw umount {drive}',
  },
  'prepare.held': {
    severity: 'error',
    message: '/dev/{drive} is in use by {who}.',
    remedy: 'End that program, then: pktw prepare {drive}',
  },
  'prepare.running': {
    severity: 'error',
    message: 'The disc in {drive} is being prepared already.',
    remedy: 'pktw status {drive} shows how far it is; pktw prepare {drive} --cancel ends it.',
  },
  'prepare.not-running': {
    severity: 'error',
    message: 'The disc in {drive} is not being prepared.',
    remedy: 'pktw status {drive} shows what is in the drive.',
  },
  'prepare.label': {
    severity: 'error',
    message: '"{label}" cannot be the label of a disc: {why}.',
    remedy: 'Give 1 to 60 letters, digits, spaces and signs: pktw prepare --label "Papers 2024"',
  },
  'prepare.order-missing': {
    severity: 'error',
    message: 'Nothing says how the disc in {drive} is to be prepared: {why}.',
    remedy: 'The service is not started by itself, but by: pktw prepare {drive}',
  },
  'prepare.disc-changed': {
    severity: 'error',
    message: 'The disc in {drive} is not the one that was to be prepared: {why}.',
    remedy: 'Look what is in the drive (pktw status {drive}), and begin again: pktw prepare {drive}',
  },
  'prepare.disc-gone': {
    severity: 'error',
    message: 'The disc is not in {drive} any more.',
    remedy:
      'Put it in again, then: pktw prepare {drive}. A format that was interrupted has to be done again.',
  },
  'prepare.drive-gone': {
    severity: 'error',
    message: 'The drive {drive} is no longer there: {error}.',
    remedy: 'Look at its cable and power, load the disc again, then: pktw prepare {drive}',
  },
  'prepare.refused': {
    severity: 'error',
    message: 'The drive {drive} refused: {error}.',
    remedy: 'Load the disc again and try once more. If it stays so, prepare the disc in another drive.',
  },
  'prepare.worn': {
    severity: 'error',
    message: 'The disc in {drive} could not be formatted: {error}.',
    remedy:
      'Clean it and try once more with all of it erased: pktw prepare {drive} --full. A disc that fails again is worn out.',
  },
  'prepare.drive-failed': {
    severity: 'error',
    message: 'The drive {drive} failed: {error}.',
    remedy:
      'Load the disc again and try once more, if need be in another drive: some are too fast for an old disc.',
  },
  'prepare.silent': {
    severity: 'error',
    message: 'The drive {drive} does not answer any more: {error}.',
    remedy:
      'Wait until its light goes out, take the disc out (or unplug the drive), load it again, then: pktw prepare {drive}',
  },
  'prepare.too-long': {
    severity: 'error',
    message: 'The drive {drive} says for {hours} hours that it is formatting.',
    remedy: 'Unplug the drive or restart the machine, then try another disc or another drive.',
  },
  'prepare.still-not-ready': {
    severity: 'error',
    message: 'The format ended without an error, but the disc in {drive} is not ready: {why}',
    remedy:
      'Take the disc out and put it in again. If pktw status {drive} still does not say ready: pktw prepare {drive} --full',
  },
  'prepare.not-mapped': {
    severity: 'error',
    message: 'The disc in {drive} is formatted, but was not taken up: {why}.',
    remedy:
      'The journal says more: journalctl -u pktw@{drive} -n 20. Then: pktw prepare {drive}, which goes on from there.',
  },
  'prepare.no-mkudffs': {
    severity: 'error',
    message: 'mkudffs is not installed, which makes the file system.',
    remedy: 'Install the package udftools.',
  },
  'prepare.mkudffs-failed': {
    severity: 'error',
    message: 'The disc in {drive} is formatted, but mkudffs made no file system: {why}.',
    remedy: 'pktw prepare {drive} tries it again without formatting; with --full the disc is formatted anew.',
  },
  'prepare.cancelled': {
    severity: 'error',
    message: 'Preparing the disc in {drive} was cancelled: {now}',
    remedy: 'To do it after all: pktw prepare {drive}',
  },
  'prepare.died': {
    severity: 'error',
    message: 'Preparing the disc in {drive} broke off without a word.',
    remedy: 'The journal says more: journalctl -u pktw-prepare@{drive} -n 20. Then: pktw prepare {drive}',
  },
  'prepare.detached': {
    severity: 'info',
    message: 'The disc in {drive} goes on being prepared.',
    remedy: 'pktw status {drive} shows how far it is; pktw prepare {drive} --cancel ends it.',
  },
} as const satisfies Record<string, CatalogueRow>
