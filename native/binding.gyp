{
  "targets": [
    {
      "target_name": "steerdns",
      "sources": ["udp.c", "sockets.c"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-fvisibility=hidden"]
    }
  ]
}
