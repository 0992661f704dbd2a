/**
 * The first schema. Columns that work has in common, wherever a row can be due:
 * - `lease`, `lease_until`: who works on it and until when; every later write of that claim says `where lease = mine`.
 * - `attempts`, `last_error`: failures since the last success.
 * - `due`: work may start from here on. `wake`: the sweeper looks again from here on; moved ahead when a pointer is
 *   published, so that a backlog is not published every round.
 */
const WORK = `
  lease text not null default '',
  lease_until bigint not null default 0,
  attempts int not null default 0,
  due bigint not null default 0,
  wake bigint not null default 0,
  last_error text not null default ''`

export const initial: readonly string[] = [
  `create table meta (key text primary key, value text not null)`,

  `create table lease (name text primary key, holder text not null, until bigint not null)`,

  // Who holds leases, so that those of a process that died can be freed at once by the next one on the same machine.
  `create table instance (id text primary key, host text not null, pid int not null, started_at bigint not null)`,

  `create table sync_state (
    open_kfid text primary key,
    cursor text not null default '',
    primed int not null default 0,
    wanted bigint not null default 0,
    done bigint not null default 0,
    token text not null default '',
    token_at bigint not null default 0,
    pulled_at bigint not null default 0,
    ${WORK})`,
  `create index sync_state_wake on sync_state (wake) where wanted > done`,

  // conv and seq are null for an event that names no customer.
  `create table message (
    msgid text primary key,
    open_kfid text not null,
    conv text,
    seq bigint,
    origin int not null,
    type text not null,
    raw text not null,
    text text not null default '',
    title text not null default '',
    media text not null default '[]',
    state text not null,
    send_time bigint not null,
    received_at bigint not null,
    parsed_at bigint not null default 0,
    ${WORK},
    unique (conv, seq))`,
  `create index message_wake on message (wake) where state in ('new', 'provisional')`,
  `create index message_unparsed on message (conv, seq) where state = 'new'`,
  // For retention, as are those below that begin with a time: batch by batch, each from where the last one ended.
  `create index message_received on message (received_at, msgid)`,

  `create table conversation (
    id text primary key,
    open_kfid text not null,
    external_userid text not null,
    last_seq bigint not null default 0,
    dirty bigint not null default 0,
    parsed bigint not null default 0,
    answered bigint not null default 0,
    version bigint not null default 0,
    first_due bigint not null default 0,
    discarded int not null default 0,
    desk text not null default 'bot',
    last_customer_at bigint not null default 0,
    sent_since int not null default 0,
    summary text not null default '',
    summary_seq bigint not null default 0,
    summary_at bigint not null default 0,
    created_at bigint not null,
    ${WORK})`,
  `create index conversation_summary on conversation (summary_at, id) where summary_seq > 0`,
  `create index conversation_wake on conversation (wake) where dirty > answered`,

  `create table reply (
    id text primary key,
    conv text not null,
    from_seq bigint not null,
    upto_seq bigint not null,
    state text not null,
    answerer text not null default '',
    model text not null default '',
    input_tokens int not null default 0,
    cached_tokens int not null default 0,
    output_tokens int not null default 0,
    latency_ms int not null default 0,
    cost_micros bigint not null default 0,
    sources text not null default '[]',
    created_at bigint not null,
    unique (conv, from_seq))`,
  `create index reply_created on reply (created_at, id)`,

  `create table reply_part (
    msgid text primary key,
    reply_id text,
    conv text not null,
    upto_seq bigint not null,
    no int not null,
    channel text not null,
    code text not null default '',
    expires_at bigint not null default 0,
    remembered int not null default 0,
    kind text not null,
    payload text not null,
    state text not null,
    in_doubt int not null default 0,
    sent_at bigint not null default 0,
    err text not null default '',
    created_at bigint not null,
    ${WORK},
    unique (reply_id, no))`,
  `create index reply_part_unsent on reply_part (conv, upto_seq, no) where state in ('ready', 'sending')`,
  `create index reply_part_held on reply_part (conv) where state = 'held'`,
  `create index reply_part_lone on reply_part (created_at, msgid) where reply_id is null`,
  `create index reply_part_notice_of on reply_part (conv) where reply_id is null`,
  `create index reply_part_wake on reply_part (wake) where state in ('ready', 'sending')`,
  `create index reply_part_notice on reply_part (wake) where state in ('ready', 'sending') and channel in ('on_event', 'notice')`,

  `create table parked (
    id text primary key,
    stage text not null,
    key text not null,
    conv text not null default '',
    reason text not null,
    body text not null default '',
    at bigint not null,
    closed_at bigint not null default 0)`,
  `create index parked_open on parked (at, id) where closed_at = 0`,
  `create index parked_conv on parked (conv, key)`,
  `create index parked_closed on parked (at, id) where closed_at > 0`,

  `create table setting (
    scope text not null,
    key text not null,
    value text not null,
    version bigint not null,
    primary key (scope, key))`,

  // As whom a vendor with a memory of its own knows a customer, and the last message that it was told of.
  `create table vendor_conversation (
    conversation_key text not null,
    vendor text not null,
    id text not null,
    seen bigint not null,
    at bigint not null,
    primary key (conversation_key, vendor))`,
  `create index vendor_conversation_at on vendor_conversation (at, conversation_key)`,

  // What operators are told of; `told`: no, opened (and not that it is over), all.
  `create table alert (
    key text primary key,
    body text not null,
    opened_at bigint not null,
    closed_at bigint not null default 0,
    told text not null default 'no',
    attempts int not null default 0,
    due bigint not null default 0)`,

  // Files of customers, known by their content; the files themselves are on the disks of those who read them.
  `create table media (
    hash text primary key,
    kind text not null,
    bytes bigint not null,
    mime text not null,
    at bigint not null)`,
  `create index media_at on media (at, hash)`,

  // Which message brought or shows which file; source is the platform's media_id, or the hash of a picture that was made of one.
  `create table message_media (
    msgid text not null,
    source text not null,
    hash text not null,
    name text not null default '',
    primary key (msgid, source))`,
  `create index message_media_hash on message_media (hash)`,

  `create table media_id (key text primary key, media_id text not null, expires_at bigint not null)`,

  `create table rate_pause (api text primary key, until bigint not null)`,

  `create table platform_access (
    endpoint text not null,
    account text not null,
    errcode int not null,
    at bigint not null,
    fingerprint text not null,
    primary key (endpoint, account))`,

  // What is known of a conversation beside what was said in it: how it stands on the platform (0 the bot has it, 2 waiting pool, 3 a person), and
  // when the customer was last told something out of turn. No row: nothing has happened yet.
  `create table desk (
    conv text primary key,
    open_kfid text not null,
    state int not null default 0,
    servicer text not null default '',
    since bigint not null default 0,
    greeted_at bigint not null default 0,
    warned_at bigint not null default 0,
    noted_at bigint not null default 0,
    noted_from bigint not null default 0,
    ended_at bigint not null default 0,
    hushed_at bigint not null default 0,
    hushed_from bigint not null default 0)`,
  `create index desk_pool on desk (open_kfid, since) where state = 2`,
  `create index desk_with_people on desk (state) where state in (2, 3)`,

  // Every change of hands with its cause, and what the person was told.
  `create table desk_change (
    id text primary key,
    conv text not null,
    open_kfid text not null,
    state int not null,
    servicer text not null default '',
    cause text not null,
    summary text not null default '',
    at bigint not null)`,
  `create index desk_change_at on desk_change (at, id)`,
  `create index desk_change_conv on desk_change (conv, at)`,

  `create table servicer_turn (
    open_kfid text not null,
    userid text not null,
    given_at bigint not null,
    primary key (open_kfid, userid))`,

  // What customers think of a session; the id is that of the menu that asked them.
  `create table rating (
    id text primary key,
    conv text not null,
    open_kfid text not null,
    servicer text not null default '',
    score int not null,
    label text not null,
    at bigint not null)`,
  `create index rating_at on rating (at, id)`,
  `create index rating_conv on rating (conv)`,
  // What the company knows. Documents are replaced whole, and each change gives them a higher version; chunks are what is searched. The search
  // index is derived from these rows. A vector is float32 in base64.
  `create table knowledge_base (id text primary key, name text not null unique, about text not null default '', created_at bigint not null)`,
  `create table knowledge_source (
    id text primary key,
    base text not null,
    kind text not null,
    uri text not null,
    every_ms bigint not null default 0,
    due bigint not null default 0,
    synced_at bigint not null default 0,
    error text not null default '',
    unique (base, uri))`,
  `create table document (
    id text primary key,
    base text not null,
    source text not null,
    uri text not null,
    kind text not null,
    title text not null,
    hash text not null,
    state text not null,
    error text not null default '',
    meta text not null default '{}',
    version bigint not null default 0,
    synced_at bigint not null,
    unique (source, uri))`,
  `create index document_base on document (base, title)`,
  `create table chunk (
    id text primary key,
    doc_id text not null,
    no int not null,
    heading text not null,
    text text not null,
    model text not null default '',
    dims int not null default 0,
    vec text not null default '',
    unique (doc_id, no))`,
  `create index chunk_model on chunk (model, id)`,
  // What an answer is sent with; base64.
  `create table knowledge_file (id text primary key, name text not null, size int not null, content text not null)`,
]
