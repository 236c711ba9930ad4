// What the engine keeps of discs over a reboot: its StateDirectory=, which systemd makes at the first start.

/** A link that systemd makes, since the engine's user is a dynamic one (systemd.exec(5), DynamicUser=). */
export const discStateLink = '/var/lib/pktw/discs'
/** What it leads to lies below this. */
export const discStateDirectory = '/var/lib/private/pktw'

/** Below the link: a directory for each disc that does not have everything yet; the engine removes it when it has. */
export const journalsDirectory = `${discStateLink}/journal`
