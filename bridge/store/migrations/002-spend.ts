/** What paid calls have cost; see spend-store.ts. A day is the account's own. */
export const spend: readonly string[] = [
  `create table spend (
    day text not null,
    open_kfid text not null,
    purpose text not null,
    model text not null,
    calls bigint not null,
    unpriced bigint not null,
    input_tokens bigint not null,
    cached_tokens bigint not null,
    output_tokens bigint not null,
    sound_ms bigint not null,
    cost_micros bigint not null,
    primary key (day, open_kfid, purpose, model))`,
]
