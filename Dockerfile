# docker build -t registry.example.com/signpost:0.1.0 .
FROM node:26-trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends libcap2-bin && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json ./
COPY tools/node tools/node
RUN npm ci --workspaces=false
COPY . .
RUN npm run build && deploy/image-root.sh "$(command -v node)" /image

FROM scratch
COPY --from=build /image /
WORKDIR /
# By number, so that `runAsNonRoot` can be checked.
USER 65532:65532
EXPOSE 53/udp 53/tcp 8080/tcp 8181/tcp 9153/tcp
# Port 53 for a user who is not root: the runtime leaves NET_BIND_SERVICE in the process's permitted set, and the exec of
# a file keeps of that only what the file itself is marked with. So /usr/bin/node is (deploy/image-root.sh). Under
# no_new_privs (`allowPrivilegeEscalation: false`) the exec may keep a capability but not get one back: a launcher, which
# is not marked, would lose it for good. So there is none, and what a launcher would reckon out are Node's own options:
# the percentage is of the cgroup's memory limit. Where NET_BIND_SERVICE is dropped and not added again, the exec fails
# with "operation not permitted". What a start reads of a cluster is kept: until the heap has 64 MB, looking for garbage
# among it would only delay it.
ENTRYPOINT ["/usr/bin/node", "--max-old-space-size-percentage=50", "--initial-old-space-size=64", "/signpost/dist/src/main.js"]
