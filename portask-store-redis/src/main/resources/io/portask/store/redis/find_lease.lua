-- KEYS lease   Returns token, holder and expiry; nothing if nobody has it
return current(KEYS[1]) or {}
