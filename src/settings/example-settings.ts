// The settings file that is installed where there is none: every default, commented out, ready to be changed.

export const exampleSettings = `## Settings of pktw. All of it is optional: the lines with one # are the defaults.
## After a change: sudo pktw install

## Who may open the packet device itself. Files on the disc are another matter, see mount.owner.
# device:
#   group: cdrom
#   mode: 0660

# mount:
##   systemd: mounted at insertion. fstab: the same, from lines in /etc/fstab.
##   udisks: the desktop mounts it. none: nobody does.
#   style: systemd
##   The second drive gets /media/cdvdrw1, and so on.
#   where: /media/cdvdrw
##   noatime must be among them: without it every read would write to the disc.
#   options: [rw, noatime, nosuid, nodev]
##   seat: the user in front of the machine. group: device.group. everyone. Or { uid: 1000, gid: 1000 }.
#   owner: seat
##   Whether a disc that the desktop unmounts is ejected.
#   eject: true
##   How many drives may be mounted at once.
#   slots: 2
##   Or mount when somebody looks, and unmount after so many idle seconds (0: never).
#   automount: false

## engine: written packet by packet. none: left alone.
# media:
#   cd-rw: engine
#   dvd-rw: engine
#   dvd+rw: engine
#   dvd-ram: engine
#   bd-re: engine

## Drives to be treated differently, with vendor and model as udevadm info /dev/sr0 shows them. For example:
##   drives:
##     - match: { vendor: HL-DT-ST, model: 'DVDRAM*' }
##       ignore: true
`
