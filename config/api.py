"""Routes of /api/v1/: plural kebab-case nouns, no trailing slash."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from assets import api as assets
from assets import api_media as asset_files
from core.api import documents
from customfields import api as custom_fields
from inventory import api as inventory
from inventory import api_media as part_files
from labor import api as labor
from projects import api as projects
from tenancy import api as people
from tenancy import api_auth as auth
from workorders.api import (
    acts,
    before,
    catalogue,
    comments,
    costs,
    export,
    failures,
    links,
    media,
    shares,
    signing,
    tasks,
    time,
)
from workorders.api import jobplans as job_plans
from workorders.api import orders as work_orders
from workorders.api import parts as used_parts

WORK_ORDER = "work-orders/<str:work_order_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("work-orders", work_orders.WorkOrders.as_view(), name="api-work-orders"),
    path("work-orders/export", export.WorkOrdersExport.as_view(), name="api-work-orders-export"),
    path("work-orders/duplicates", links.Duplicates.as_view(), name="api-work-order-duplicates"),
    path(WORK_ORDER, work_orders.OneWorkOrder.as_view(), name="api-work-order"),
    path(f"{WORK_ORDER}/transitions", acts.Transitions.as_view(), name="api-work-order-transitions"),
    path(f"{WORK_ORDER}/assign", acts.Assign.as_view(), name="api-work-order-assign"),
    path(f"{WORK_ORDER}/take", acts.Take.as_view(), name="api-work-order-take"),
    path(f"{WORK_ORDER}/follow-up", acts.FollowUp.as_view(), name="api-work-order-follow-up"),
    path(f"{WORK_ORDER}/notes", comments.WorkOrderNotes.as_view(), name="api-work-order-notes"),
    path(f"{WORK_ORDER}/notes/<str:note_id>", comments.OneNote.as_view(), name="api-work-order-note"),
    path(f"{WORK_ORDER}/links", links.Links.as_view(), name="api-work-order-links"),
    path(f"{WORK_ORDER}/links/<str:link_id>", links.OneLink.as_view(), name="api-work-order-link"),
    path(f"{WORK_ORDER}/parent", links.Parent.as_view(), name="api-work-order-parent"),
    path(f"{WORK_ORDER}/further-assets", links.FurtherAssetList.as_view(), name="api-further-assets"),
    path(
        f"{WORK_ORDER}/further-assets/<str:further_asset_id>",
        links.OneFurtherAsset.as_view(),
        name="api-further-asset",
    ),
    path(f"{WORK_ORDER}/split", links.Split.as_view(), name="api-work-order-split"),
    path(f"{WORK_ORDER}/merge", links.Merge.as_view(), name="api-work-order-merge"),
    path(f"{WORK_ORDER}/before", before.BeforeYouStart.as_view(), name="api-work-order-before"),
    path(f"{WORK_ORDER}/mentionable", comments.WorkOrderMentionable.as_view(), name="api-work-order-mentionable"),
    path(f"{WORK_ORDER}/tasks", tasks.Tasks.as_view(), name="api-work-order-tasks"),
    path(f"{WORK_ORDER}/tasks/all-ok", tasks.AllOk.as_view(), name="api-work-order-tasks-all-ok"),
    path(f"{WORK_ORDER}/tasks/<str:task_id>", tasks.OneTask.as_view(), name="api-work-order-task"),
    path(f"{WORK_ORDER}/tasks/<str:task_id>/move", tasks.MoveOneTask.as_view(), name="api-work-order-task-move"),
    path(
        f"{WORK_ORDER}/tasks/<str:task_id>/follow-up",
        tasks.FollowUpOnTask.as_view(),
        name="api-work-order-task-follow-up",
    ),
    path(f"{WORK_ORDER}/tasks/<str:task_id>/waive", tasks.WaiveOneTask.as_view(), name="api-work-order-task-waive"),
    path(f"{WORK_ORDER}/media", media.WorkOrderMedia.as_view(), name="api-work-order-media"),
    path(f"{WORK_ORDER}/media/presigned-url", media.WorkOrderUpload.as_view(), name="api-work-order-upload"),
    path(f"{WORK_ORDER}/media/<str:media_id>", media.OneWorkOrderMedia.as_view(), name="api-work-order-file"),
    path(f"{WORK_ORDER}/history", acts.WorkOrderHistory.as_view(), name="api-work-order-history"),
    path(f"{WORK_ORDER}/shares", shares.Shares.as_view(), name="api-work-order-shares"),
    path(f"{WORK_ORDER}/shares/<str:member_id>", shares.OneShare.as_view(), name="api-work-order-share"),
    path(f"{WORK_ORDER}/parts", used_parts.WorkOrderParts.as_view(), name="api-work-order-parts"),
    path(f"{WORK_ORDER}/parts/<str:part_id>", used_parts.OneWorkOrderPart.as_view(), name="api-work-order-part"),
    path("parts", inventory.Parts.as_view(), name="api-parts"),
    path("parts/<str:part_id>", inventory.OnePart.as_view(), name="api-part"),
    path("part-categories", inventory.PartCategories.as_view(), name="api-part-categories"),
    path("part-categories/<str:part_category_id>", inventory.OnePartCategory.as_view(), name="api-part-category"),
    path(f"{WORK_ORDER}/time", time.WorkOrderTime.as_view(), name="api-work-order-time"),
    path(f"{WORK_ORDER}/timer", time.WorkOrderTimer.as_view(), name="api-work-order-timer"),
    path(f"{WORK_ORDER}/costs", costs.WorkOrderCosts.as_view(), name="api-work-order-costs"),
    path("timers/me", time.MyClock.as_view(), name="api-my-timer"),
    path("time-entries", time.TimeEntries.as_view(), name="api-time-entries"),
    path("time-entries/<str:entry_id>/correct", time.CorrectEntry.as_view(), name="api-time-entry-correct"),
    path("costs", costs.Costs.as_view(), name="api-costs"),
    path("costs/<str:cost_id>/take-back", costs.TakeBack.as_view(), name="api-cost-take-back"),
    path("projects", projects.Projects.as_view(), name="api-projects"),
    path("projects/<str:project_id>", projects.OneProject.as_view(), name="api-project"),
    path("overhead-rules", costs.OverheadRules.as_view(), name="api-overhead-rules"),
    path("overhead-rules/<str:rule_id>", costs.OneOverheadRule.as_view(), name="api-overhead-rule"),
    path(f"{WORK_ORDER}/signatures", signing.Signatures.as_view(), name="api-work-order-signatures"),
    path("statuses", catalogue.Statuses.as_view(), name="api-statuses"),
    path("priorities", catalogue.Priorities.as_view(), name="api-priorities"),
    path("custom-fields", custom_fields.CustomFields.as_view(), name="api-custom-fields"),
    path("custom-fields/<str:field_id>", custom_fields.OneCustomField.as_view(), name="api-custom-field"),
    path("job-plans", job_plans.JobPlans.as_view(), name="api-job-plans"),
    path("job-plans/library", job_plans.JobPlanLibrary.as_view(), name="api-job-plans-library"),
    path("job-plans/<str:plan_id>", job_plans.OneJobPlan.as_view(), name="api-job-plan"),
    path("job-plans/<str:plan_id>/copy", job_plans.CopyOfJobPlan.as_view(), name="api-job-plan-copy"),
    path(f"{WORK_ORDER}/apply-plan", job_plans.ApplyPlan.as_view(), name="api-work-order-apply-plan"),
    path(f"{WORK_ORDER}/job-plan", job_plans.KeepAsPlan.as_view(), name="api-work-order-job-plan"),
    path("failure-codes", failures.FailureCodes.as_view(), name="api-failure-codes"),
    path("failure-codes/library", failures.FailureCodeLibrary.as_view(), name="api-failure-codes-library"),
    path("failure-codes/<str:code_id>", failures.OneFailureCode.as_view(), name="api-failure-code"),
    path("types", catalogue.Types.as_view(), name="api-types"),
    path("assets", assets.Assets.as_view(), name="api-assets"),
    path("assets/<str:asset_id>", assets.OneAsset.as_view(), name="api-asset"),
    path("assets/<str:asset_id>/media", asset_files.AssetFiles.as_view(), name="api-asset-media"),
    path("assets/<str:asset_id>/media/presigned-url", asset_files.AssetUpload.as_view(), name="api-asset-upload"),
    path("assets/<str:asset_id>/media/<str:asset_media_id>", asset_files.OneAssetFile.as_view(), name="api-asset-file"),
    path("parts/<str:part_id>/media", part_files.PartFiles.as_view(), name="api-part-media"),
    path("parts/<str:part_id>/media/presigned-url", part_files.PartUpload.as_view(), name="api-part-upload"),
    path("parts/<str:part_id>/media/<str:part_media_id>", part_files.OnePartFile.as_view(), name="api-part-file"),
    path("categories", assets.Categories.as_view(), name="api-categories"),
    path("locations", assets.Locations.as_view(), name="api-locations"),
    path("locations/<str:location_id>", assets.OneLocation.as_view(), name="api-location"),
    path("technicians", labor.Technicians.as_view(), name="api-technicians"),
    path("technicians/<str:technician_id>", labor.OneTechnician.as_view(), name="api-technician"),
    path("crews", labor.Crews.as_view(), name="api-crews"),
    path("crews/<str:crew_id>", labor.OneCrew.as_view(), name="api-crew"),
    path("members", people.Members.as_view(), name="api-members"),
    path("members/<str:member_id>", people.OneMember.as_view(), name="api-member"),
    path("members/<str:member_id>/scope", assets.MemberScope.as_view(), name="api-member-scope"),
    path("roles", people.Roles.as_view(), name="api-roles"),
    path("departments", people.Departments.as_view(), name="api-departments"),
    path("departments/<str:department_id>", people.OneDepartment.as_view(), name="api-department"),
    path("invitations", people.Invitations.as_view(), name="api-invitations"),
    path("invitations/<str:invitation_id>", people.OneInvitation.as_view(), name="api-invitation"),
    path("api-keys", auth.ApiKeys.as_view(), name="api-keys"),
    path("api-keys/<str:key_id>", auth.OneApiKey.as_view(), name="api-key"),
    path("auth/signup", auth.Signup.as_view(), name="api-signup"),
    path("auth/login", auth.Login.as_view(), name="api-login"),
    path("auth/logout", auth.Logout.as_view(), name="api-logout"),
    path("auth/me", auth.Me.as_view(), name="api-me"),
    path("events", catalogue.Events.as_view(), name="api-events"),
    path("schema", documents.SchemaDocument.as_view(), name="api-schema"),
    path("docs", documents.docs, name="api-docs"),
]
