# The map page, then the binary that carries it, then nothing else.
FROM node:22-bookworm-slim AS page
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM golang:1.26-bookworm AS binary
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=page /src/frontend/dist ./frontend/dist
RUN CGO_ENABLED=0 go build -trimpath -o /oxus . && mkdir -p /data/imports

FROM scratch
COPY --from=binary /oxus /oxus
# The folder of the file store and of uploads, owned by the user the server runs as.
COPY --from=binary --chown=65532:65532 /data /data
USER 65532:65532
ENV OXUS_LISTEN=:8080 OXUS_FILE=/data/oxus.gpkg OXUS_UPLOADS=/data/imports
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=5 CMD ["/oxus", "healthcheck"]
ENTRYPOINT ["/oxus"]
CMD ["serve"]
