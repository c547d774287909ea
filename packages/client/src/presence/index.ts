// Who is there: being a member of a topic, following its members, counting them.

export { type Count, memberCount, type MemberCount } from "./count.ts";
export { enter, type EnterOptions, type Membership } from "./enter.ts";
export type { Member } from "./member.ts";
export { type MemberEvents, members, type Members, type MembersOptions } from "./members.ts";
export { readMembers } from "./read.ts";
export type { MembershipState } from "./seats.ts";
