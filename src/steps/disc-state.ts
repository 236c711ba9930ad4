// What the engine keeps of discs over a reboot: its StateDirectory=, which systemd makes at the first start.

/** A link that systemd makes, since the engine's user is a dynamic one (systemd.exec(5), DynamicUser=). */
export const discStateLink = '/var/lib/pktw/discs'
/** What it leads to lies below this. */
export const discStateDirectory = '/var/lib/private/pktw'

/** A journal holds what is on its way to a disc: it is empty once all of it is there. Other files are records. */
export const holdsData = (name: string, size: number): boolean => name.endsWith('.journal') && size > 0
