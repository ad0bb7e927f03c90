CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)

CREATE TABLE revisions (
	number INTEGER NOT NULL, 
	published_at DATETIME NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	content TEXT NOT NULL, 
	note TEXT, 
	author TEXT, 
	"commit" VARCHAR(64), 
	CONSTRAINT pk_revisions PRIMARY KEY (number)
)

CREATE TABLE changes (
	id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	areas JSON NOT NULL, 
	"before" JSON, 
	"after" JSON, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_changes PRIMARY KEY (id), 
	CONSTRAINT fk_changes_revision FOREIGN KEY(revision) REFERENCES revisions (number)
)

CREATE TABLE subscriptions (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	area VARCHAR(1000) NOT NULL, 
	corrections_only BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(32) NOT NULL, 
	paused_at DATETIME, 
	pause_reason TEXT, certainty VARCHAR(60), paused_until DATETIME, 
	CONSTRAINT pk_subscriptions PRIMARY KEY (id), 
	CONSTRAINT uq_subscriptions_team UNIQUE (team, channel, area)
)

CREATE TABLE deliveries (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	priority INTEGER NOT NULL, 
	payload JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	created_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	claimed_at DATETIME, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	claimed_by VARCHAR(64), 
	fencing_token INTEGER DEFAULT '0' NOT NULL, 
	ts VARCHAR(32), 
	finished_at DATETIME, 
	error TEXT, 
	revision INTEGER, 
	schedule_id VARCHAR(32), 
	parent_id VARCHAR(32), 
	CONSTRAINT pk_deliveries PRIMARY KEY (id)
)

CREATE TABLE posts (
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	ts VARCHAR(32) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	fact_digests JSON NOT NULL, 
	payload JSON NOT NULL, 
	posted_at DATETIME NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_posts PRIMARY KEY (team, channel, ts)
)

CREATE TABLE watches (
	team VARCHAR(32) NOT NULL, 
	user VARCHAR(32) NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	CONSTRAINT pk_watches PRIMARY KEY (team, user, fact_id)
)

CREATE TABLE schedules (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	areas JSON NOT NULL, 
	is_digest BOOLEAN NOT NULL, 
	rule TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by VARCHAR(32) NOT NULL, 
	next_on DATE, 
	next_at DATETIME, 
	last_posted_revision INTEGER DEFAULT '0' NOT NULL, 
	paused_at DATETIME, 
	pause_reason TEXT, 
	last_activity_at DATETIME NOT NULL, paused_until DATETIME, 
	CONSTRAINT pk_schedules PRIMARY KEY (id)
)

CREATE TABLE schedule_runs (
	schedule_id VARCHAR(32) NOT NULL, 
	"local_date" DATE NOT NULL, 
	scheduled_for DATETIME NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	reason TEXT, 
	delivery_id VARCHAR(32), 
	ts VARCHAR(32), 
	CONSTRAINT pk_schedule_runs PRIMARY KEY (schedule_id, "local_date")
)

CREATE TABLE operator_notices (
	digest VARCHAR(64) NOT NULL, 
	notified_at DATETIME NOT NULL, 
	CONSTRAINT pk_operator_notices PRIMARY KEY (digest)
)

CREATE TABLE workspaces (
	team VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_workspaces PRIMARY KEY (team)
)

CREATE TABLE rate_limits (
	team VARCHAR(32) NOT NULL, 
	method VARCHAR(64) NOT NULL, 
	begins_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	CONSTRAINT pk_rate_limits PRIMARY KEY (team, method)
)

CREATE TABLE inactivity_prompts (
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	CONSTRAINT pk_inactivity_prompts PRIMARY KEY (team, channel)
)

CREATE TABLE answers (
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	asked_ts VARCHAR(32) NOT NULL, 
	thread VARCHAR(32) NOT NULL, 
	ts VARCHAR(32) NOT NULL, 
	user VARCHAR(32) NOT NULL, 
	facts JSON NOT NULL, 
	answered_at DATETIME NOT NULL, 
	CONSTRAINT pk_answers PRIMARY KEY (team, channel, asked_ts)
)

CREATE TABLE feedback (
	id VARCHAR(32) NOT NULL, 
	voter VARCHAR(64), 
	team VARCHAR(32) NOT NULL, 
	given_on DATE NOT NULL, 
	is_right BOOLEAN NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_feedback PRIMARY KEY (id), 
	CONSTRAINT uq_feedback_voter UNIQUE (voter)
)

CREATE TABLE reports (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	user VARCHAR(32) NOT NULL, 
	about VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, 
	is_question BOOLEAN NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	words TEXT NOT NULL, 
	said TEXT NOT NULL, 
	permalink TEXT NOT NULL, 
	name TEXT NOT NULL, 
	dealt_at DATETIME, 
	CONSTRAINT pk_reports PRIMARY KEY (id)
)

CREATE TABLE posted_areas (
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	area VARCHAR(1000) NOT NULL, 
	scheduled_for DATETIME NOT NULL, 
	CONSTRAINT pk_posted_areas PRIMARY KEY (team, channel, area)
)

CREATE TABLE days_off (
	team VARCHAR(32) NOT NULL, 
	channel VARCHAR(32) NOT NULL, 
	first DATE NOT NULL, 
	last DATE NOT NULL, 
	CONSTRAINT pk_days_off PRIMARY KEY (team, channel, first, last)
)

CREATE TABLE workspace_defaults (
	team VARCHAR(32) NOT NULL, 
	areas JSON NOT NULL, 
	tz VARCHAR(64) NOT NULL, 
	calendar VARCHAR(30), 
	CONSTRAINT pk_workspace_defaults PRIMARY KEY (team)
)

CREATE TABLE weekly_posts (
	name VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	week VARCHAR(8) NOT NULL, 
	run_at DATETIME NOT NULL, 
	CONSTRAINT pk_weekly_posts PRIMARY KEY (name, team, week)
)

CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	who VARCHAR(100) NOT NULL, 
	action VARCHAR(60) NOT NULL, 
	subject VARCHAR(200) NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL
)

CREATE TABLE proposals (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	user VARCHAR(100) NOT NULL, 
	name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	suggestion JSON NOT NULL, 
	base JSON NOT NULL, 
	base_digest VARCHAR(32) NOT NULL, 
	proposed_digest VARCHAR(32) NOT NULL, 
	is_stale BOOLEAN NOT NULL, 
	preview TEXT NOT NULL, 
	editors JSON NOT NULL, 
	approver VARCHAR(100) NOT NULL, 
	approver_name TEXT NOT NULL, 
	changed_at DATETIME NOT NULL, 
	due_at DATETIME, 
	attempts INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	link TEXT NOT NULL, 
	CONSTRAINT pk_proposals PRIMARY KEY (id)
)

CREATE TABLE gaps (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	words TEXT NOT NULL, 
	count INTEGER NOT NULL, 
	first_on DATE NOT NULL, 
	last_on DATE NOT NULL, 
	CONSTRAINT pk_gaps PRIMARY KEY (id)
)

CREATE TABLE gaps_dropped (
	team VARCHAR(32) NOT NULL, 
	day DATE NOT NULL, 
	reason VARCHAR(20) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_gaps_dropped PRIMARY KEY (team, day, reason)
)

CREATE TABLE fact_asks (
	day DATE NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	count INTEGER NOT NULL, 
	CONSTRAINT pk_fact_asks PRIMARY KEY (day, fact_id)
)

CREATE TABLE themes (
	id VARCHAR(32) NOT NULL, 
	team VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	fact_id VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	changed_by TEXT NOT NULL, 
	changed_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_themes PRIMARY KEY (id)
)

CREATE TABLE theme_questions (
	id VARCHAR(32) NOT NULL, 
	theme_id VARCHAR(32) NOT NULL, 
	words TEXT NOT NULL, 
	CONSTRAINT pk_theme_questions PRIMARY KEY (id), 
	CONSTRAINT fk_theme_questions_theme_id FOREIGN KEY(theme_id) REFERENCES themes (id)
)

CREATE TABLE awaited_answers (
	team VARCHAR(32) NOT NULL, 
	user VARCHAR(32) NOT NULL, 
	question VARCHAR(32) NOT NULL, 
	words TEXT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	looked_up INTEGER NOT NULL, 
	CONSTRAINT pk_awaited_answers PRIMARY KEY (team, user, question)
)

CREATE TABLE compatibility (
	oldest VARCHAR(32) NOT NULL, 
	CONSTRAINT pk_compatibility PRIMARY KEY (oldest)
)

CREATE TABLE slack_bots (
	id INTEGER NOT NULL, 
	client_id VARCHAR(32) NOT NULL, 
	app_id VARCHAR(32) NOT NULL, 
	enterprise_id VARCHAR(32), 
	enterprise_name VARCHAR(200), 
	team_id VARCHAR(32), 
	team_name VARCHAR(200), 
	bot_token TEXT, 
	bot_id VARCHAR(32), 
	bot_user_id VARCHAR(32), 
	bot_scopes VARCHAR(1000), 
	bot_refresh_token TEXT, 
	bot_token_expires_at DATETIME, 
	is_enterprise_install BOOLEAN NOT NULL, 
	installed_at DATETIME NOT NULL, 
	CONSTRAINT pk_slack_bots PRIMARY KEY (id)
)

CREATE TABLE slack_installations (
	id INTEGER NOT NULL, 
	client_id VARCHAR(32) NOT NULL, 
	app_id VARCHAR(32) NOT NULL, 
	enterprise_id VARCHAR(32), 
	enterprise_name VARCHAR(200), 
	team_id VARCHAR(32), 
	team_name VARCHAR(200), 
	bot_token TEXT, 
	bot_id VARCHAR(32), 
	bot_user_id VARCHAR(32), 
	bot_scopes VARCHAR(1000), 
	bot_refresh_token TEXT, 
	bot_token_expires_at DATETIME, 
	is_enterprise_install BOOLEAN NOT NULL, 
	installed_at DATETIME NOT NULL, 
	enterprise_url VARCHAR(200), 
	user_id VARCHAR(32) NOT NULL, 
	user_token TEXT, 
	user_scopes VARCHAR(1000), 
	user_refresh_token TEXT, 
	user_token_expires_at DATETIME, 
	incoming_webhook_url TEXT, 
	incoming_webhook_channel VARCHAR(200), 
	incoming_webhook_channel_id VARCHAR(200), 
	incoming_webhook_configuration_url TEXT, 
	token_type VARCHAR(32), 
	CONSTRAINT pk_slack_installations PRIMARY KEY (id)
)

CREATE TABLE installed_workspaces (
	workspace VARCHAR(32) NOT NULL, 
	enterprise VARCHAR(32) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	is_covered BOOLEAN NOT NULL, 
	installed_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	erase_after DATETIME, 
	revision INTEGER NOT NULL, 
	refreshing_until DATETIME, 
	CONSTRAINT pk_installed_workspaces PRIMARY KEY (workspace)
)

CREATE TABLE used_oauth_states (
	digest VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_used_oauth_states PRIMARY KEY (digest)
)

CREATE INDEX ix_changes_fact_id ON changes (fact_id)

CREATE INDEX ix_changes_revision ON changes (revision)

CREATE INDEX ix_deliveries_state_priority_created_at ON deliveries (state, priority, created_at)

CREATE INDEX ix_deliveries_team_channel_state ON deliveries (team, channel, state)

CREATE INDEX ix_posts_posted_at ON posts (posted_at)

CREATE INDEX ix_watches_fact_id ON watches (fact_id)

CREATE INDEX ix_schedules_next_at ON schedules (next_at)

CREATE INDEX ix_schedules_team_channel ON schedules (team, channel)

CREATE INDEX ix_schedule_runs_scheduled_for ON schedule_runs (scheduled_for)

CREATE INDEX ix_deliveries_finished_at ON deliveries (finished_at)

CREATE INDEX ix_answers_answered_at ON answers (answered_at)

CREATE INDEX ix_feedback_given_on ON feedback (given_on)

CREATE INDEX ix_reports_created_at ON reports (created_at)

CREATE INDEX ix_subscriptions_paused_until ON subscriptions (paused_until)

CREATE INDEX ix_schedules_paused_until ON schedules (paused_until)

CREATE INDEX ix_audit_at ON audit (at)

CREATE INDEX ix_audit_who ON audit (who)

CREATE INDEX ix_audit_subject ON audit (subject)

CREATE INDEX ix_proposals_created_at ON proposals (created_at)

CREATE INDEX ix_proposals_state ON proposals (state)

CREATE INDEX ix_proposals_fact_id ON proposals (fact_id)

CREATE INDEX ix_gaps_team ON gaps (team)

CREATE INDEX ix_gaps_last_on ON gaps (last_on)

CREATE INDEX ix_themes_team ON themes (team)

CREATE INDEX ix_theme_questions_theme_id ON theme_questions (theme_id)

CREATE INDEX ix_awaited_answers_until ON awaited_answers (until)

CREATE INDEX ix_awaited_answers_looked_up ON awaited_answers (looked_up)

CREATE TRIGGER audit_append_only BEFORE UPDATE ON audit WHEN NOT (NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.team = OLD.team AND NEW.action = OLD.action AND (NEW.who = OLD.who OR CASE WHEN instr(NEW.who, 'former:') > 0 THEN substr(NEW.who, instr(NEW.who, 'former:'), 15) GLOB 'former:[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' AND (substr(OLD.who, instr(NEW.who, 'former:'), CASE WHEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB '[UW][A-Z0-9]*' OR substr(OLD.who, instr(NEW.who, 'former:'), CASE WHEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB 'cli:*') AND substr(OLD.who, instr(NEW.who, 'former:'), CASE WHEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) ELSE 0 END) NOT GLOB '* *' AND replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), substr(OLD.who, instr(NEW.who, 'former:'), CASE WHEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.who) - length(OLD.who)) / ((length(NEW.who) - length(replace(NEW.who, substr(NEW.who, instr(NEW.who, 'former:'), 15), ''))) / 15) ELSE 0 END)) = OLD.who ELSE 1 = 0 END) AND (NEW.subject = OLD.subject OR CASE WHEN instr(NEW.subject, 'former:') > 0 THEN substr(NEW.subject, instr(NEW.subject, 'former:'), 15) GLOB 'former:[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' AND (substr(OLD.subject, instr(NEW.subject, 'former:'), CASE WHEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB '[UW][A-Z0-9]*' OR substr(OLD.subject, instr(NEW.subject, 'former:'), CASE WHEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB 'cli:*') AND substr(OLD.subject, instr(NEW.subject, 'former:'), CASE WHEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) ELSE 0 END) NOT GLOB '* *' AND replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), substr(OLD.subject, instr(NEW.subject, 'former:'), CASE WHEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.subject) - length(OLD.subject)) / ((length(NEW.subject) - length(replace(NEW.subject, substr(NEW.subject, instr(NEW.subject, 'former:'), 15), ''))) / 15) ELSE 0 END)) = OLD.subject ELSE 1 = 0 END) AND (NEW.before = OLD.before OR CASE WHEN instr(NEW.before, 'former:') > 0 THEN substr(NEW.before, instr(NEW.before, 'former:'), 15) GLOB 'former:[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' AND (substr(OLD.before, instr(NEW.before, 'former:'), CASE WHEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB '[UW][A-Z0-9]*' OR substr(OLD.before, instr(NEW.before, 'former:'), CASE WHEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB 'cli:*') AND substr(OLD.before, instr(NEW.before, 'former:'), CASE WHEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) ELSE 0 END) NOT GLOB '* *' AND replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), substr(OLD.before, instr(NEW.before, 'former:'), CASE WHEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.before) - length(OLD.before)) / ((length(NEW.before) - length(replace(NEW.before, substr(NEW.before, instr(NEW.before, 'former:'), 15), ''))) / 15) ELSE 0 END)) = OLD.before ELSE 1 = 0 END) AND (NEW.after = OLD.after OR CASE WHEN instr(NEW.after, 'former:') > 0 THEN substr(NEW.after, instr(NEW.after, 'former:'), 15) GLOB 'former:[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]' AND (substr(OLD.after, instr(NEW.after, 'former:'), CASE WHEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB '[UW][A-Z0-9]*' OR substr(OLD.after, instr(NEW.after, 'former:'), CASE WHEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) ELSE 0 END) GLOB 'cli:*') AND substr(OLD.after, instr(NEW.after, 'former:'), CASE WHEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) ELSE 0 END) NOT GLOB '* *' AND replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), substr(OLD.after, instr(NEW.after, 'former:'), CASE WHEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) > 0 THEN 15 - (length(NEW.after) - length(OLD.after)) / ((length(NEW.after) - length(replace(NEW.after, substr(NEW.after, instr(NEW.after, 'former:'), 15), ''))) / 15) ELSE 0 END)) = OLD.after ELSE 1 = 0 END)) BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END

CREATE INDEX ix_slack_bots_client_id ON slack_bots (client_id, enterprise_id, team_id, installed_at)

CREATE INDEX ix_slack_installations_client_id ON slack_installations (client_id, enterprise_id, team_id, user_id, installed_at)

INSERT INTO alembic_version VALUES ('0018')

INSERT INTO compatibility VALUES ('0016')
