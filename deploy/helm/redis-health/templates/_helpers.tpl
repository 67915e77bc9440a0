{{- define "redis-health.name" -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "redis-health.selector" -}}
app.kubernetes.io/name: {{ ternary "redis" "redis-health" (eq .Values.mode "sidecar") }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "redis-health.labels" -}}
{{ include "redis-health.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: redis-health
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "redis-health.secret" -}}
{{- .Values.auth.existingSecret | default (include "redis-health.name" .) -}}
{{- end -}}

{{- define "redis-health.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{- define "redis-health.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The container in either mode; what differs are its probes and what it watches. */}}
{{- define "redis-health.container" -}}
name: redis-health
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - name: REDIS_URL
    value: {{ ternary "redis://localhost:6379" .Values.url (eq .Values.mode "sidecar") | quote }}
  - name: REDIS_USERNAME
    value: {{ .Values.auth.username | quote }}
  - name: REDIS_PASSWORD_FILE
    value: /etc/redis-health/redis-health-password
  {{- if eq .Values.mode "fleet" }}
  {{- with .Values.scrape.allow }}
  - name: REDIS_HEALTH_SCRAPE_ALLOW
    value: {{ join "," . | quote }}
  {{- end }}
  - name: REDIS_HEALTH_SCRAPE_SCHEMES
    value: {{ join "," .Values.scrape.schemes | quote }}
  {{- if .Values.scrape.credentials }}
  - name: REDIS_HEALTH_SCRAPE_CREDENTIALS
    value: /etc/redis-health/credentials.toml
  {{- end }}
  {{- end }}
  {{- range $name, $value := .Values.env }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
ports:
  - name: health
    containerPort: 9091
livenessProbe:
  httpGet:
    path: /livez
    port: health
  timeoutSeconds: 2
readinessProbe:
  httpGet:
    # A fleet's service is ready when it can answer, whatever becomes of one Redis.
    path: {{ ternary "/readyz" "/livez" (eq .Values.mode "sidecar") }}
    port: health
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 1
startupProbe:
  httpGet:
    path: {{ ternary "/startupz" "/livez" (eq .Values.mode "sidecar") }}
    port: health
  periodSeconds: 1
  failureThreshold: 60
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  runAsUser: 65532
  runAsGroup: 65532
  {{- include "redis-health.restricted" . | nindent 2 }}
volumeMounts:
  - name: login
    mountPath: /etc/redis-health
    readOnly: true
{{- end -}}

{{- define "redis-health.login" -}}
- name: login
  secret:
    secretName: {{ include "redis-health.secret" . }}
    items:
      - key: redis-health-password
        path: redis-health-password
      {{- if and (eq .Values.mode "fleet") .Values.scrape.credentials }}
      - key: credentials.toml
        path: credentials.toml
      {{- end }}
{{- end -}}
