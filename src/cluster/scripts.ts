import { createHash } from 'node:crypto';

/**
 * A script that runs in Redis, whole or not at all. All that is shared is text of a bounded length: a key of another type or a
 * longer text is foreign, is counted, and nothing of it is read.
 */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
}

function script(lua: string): Script {
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') };
}

/** Reads a key when it is a text of at most so many octets. */
const READ = `
local foreign = 0
local function read(key, most)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' then return false end
  if kind ~= 'string' or redis.call('STRLEN', key) > most then
    foreign = foreign + 1
    return false
  end
  return redis.call('GET', key)
end
`;

/** The revision on the first line of a text of words; '' when it is none. */
const REVISION = `
local function revision(text)
  return #text > 16 and string.match(string.sub(text, 1, 17), '^(%x+)\\n$') or ''
end
`;

/**
 * Renews the lease of an instance and tells it what the others share.
 *
 *   KEYS  1 index, 2 words, 3 the start of the keys of leases, 4 the start of the keys of votes
 *   ARGV  1 name, 2 incarnation, 3 the lease, 4 its time in ms, 5 votes, or '' when they did not change,
 *         6 the revision of the words that the instance has, 7 most octets of a lease, 8 of words, 9 most instances
 *
 * Returns: 1 when the lease is held, 0 when another process of that name holds it; 1 when the votes are there; foreign keys;
 * the words' text, or '' when there is none, or false when the instance has them; then a name and a lease for each live instance.
 * A lease without an end of its own was not written by an instance, and is no hindrance.
 */
export const SYNC = script(`${READ}${REVISION}
local name, incarnation, ms = ARGV[1], ARGV[2], tonumber(ARGV[4])
local lease, votes = KEYS[3] .. name, KEYS[4] .. name
local held = read(lease, tonumber(ARGV[7]))
local mine = 1
if held and string.match(held, '^%x+\\n') and string.sub(held, 1, 32) ~= incarnation and redis.call('PTTL', lease) >= 0 then
  mine = 0
else
  redis.call('SET', lease, ARGV[3], 'PX', ms)
end
local voted = 1
if mine == 1 then
  if ARGV[5] ~= '' then redis.call('SET', votes, ARGV[5], 'PX', ms * 2)
  else
    voted = redis.call('PEXPIRE', votes, ms * 2)
    if voted == 1 and redis.call('TYPE', votes).ok ~= 'string' then
      foreign = foreign + 1
      voted = 0
    end
  end
end
local names, seen, count, changed = {}, {}, 0, false
if mine == 1 then names, seen, count = {name}, {[name] = true}, 1 end
local listed = false
local known = read(KEYS[1], 64 * tonumber(ARGV[9]))
for other in string.gmatch(known or '', '[^\\n]+') do
  if other == name and mine == 1 and not listed then listed = true
  elseif seen[other] or count >= tonumber(ARGV[9]) or redis.call('EXISTS', KEYS[3] .. other) == 0 then changed = true
  else
    seen[other] = true
    count = count + 1
    names[count] = other
  end
end
if changed or listed ~= (mine == 1) then redis.call('SET', KEYS[1], table.concat(names, '\\n')) end
local words = read(KEYS[2], tonumber(ARGV[8])) or ''
if revision(words) ~= '' and revision(words) == ARGV[6] then words = false end
local reply = {mine, voted, 0, words}
for i = 1, count do
  local text = read(KEYS[3] .. names[i], tonumber(ARGV[7]))
  if text then
    reply[#reply + 1] = names[i]
    reply[#reply + 1] = text
  end
end
reply[3] = foreign
return reply
`);

/** Reads texts. KEYS: their keys. ARGV: 1 most octets of each. Returns each text, or false. */
export const READ_ALL = script(`${READ}
local texts = {}
for i, key in ipairs(KEYS) do texts[i] = read(key, tonumber(ARGV[1])) end
return texts
`);

/**
 * Replaces the words if they are still those that were read.
 *
 *   KEYS  1 words
 *   ARGV  1 the revision that was read, '' for none; 2 the new text; 3 most octets
 *
 * Returns 1, or 0 when another instance was faster. What is no text of words is replaced.
 */
export const SWAP_WORDS = script(`${READ}${REVISION}
local text = read(KEYS[1], tonumber(ARGV[3])) or ''
if revision(text) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
`);

/** Gives a lease back. KEYS: 1 the lease, 2 its votes. ARGV: 1 the incarnation, 2 most octets of a lease. */
export const LEAVE = script(`${READ}
local held = read(KEYS[1], tonumber(ARGV[2]))
if held and string.sub(held, 1, 32) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[2]) end
return 1
`);
