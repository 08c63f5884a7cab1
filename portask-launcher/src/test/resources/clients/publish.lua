-- Publishes with wrk, and tells what it counted.
wrk.method = "POST"
wrk.body = '{"topic":"wrk","text":"' .. string.rep("x", 100) .. '","ack":"written"}'

done = function(summary)
   local errors = summary.errors
   io.write(string.format(
      "requests=%d status=%d connect=%d read=%d write=%d timeout=%d\n",
      summary.requests, errors.status, errors.connect, errors.read, errors.write, errors.timeout))
end
